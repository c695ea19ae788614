/*
 * A driver in C that uses every part of the contract: `fake-1` with a card on it and `fake-2` without. It answers what
 * it is asked without parsing much, and each of the names that `#if` asks for breaks it in one way.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "madoguchi_driver.h"

#if defined(NO_SYMBOL)
#define madoguchi_driver_entry_v1 madoguchi_driver_entry_of_another_name
#endif

/* The maker's own codes. */
enum { INSERT_CARD = 0x10005, REMOVE_CARD = 0x10006, WAIT = 0x10008, SETTINGS = 0x10009, FLOOD = 0x1000A, FAIL = 0x1000B };

#define CAPABILITIES "[\"NFC_CARD\",\"FACE\",\"PIN_PAD\",\"SCREEN\",\"DELEGATED\",\"REMOTE_VISUAL\",\"SMELL\"]"

struct driver {
    const madoguchi_host *host;
    pthread_mutex_t lock;
    pthread_cond_t happened;
    bool interrupted;
    int stopped;
    /* A bounded queue of whole messages. */
    char events[8][128];
    int first, count;
    bool card_present[2];
};

struct reader {
    struct driver *driver;
    int slot;
    bool powered;
};

static madoguchi_status write_text(madoguchi_buffer *out, const char *text) {
    size_t length = strlen(text);
    if (length > out->capacity) {
        return MADOGUCHI_PROTOCOL;
    }
    memcpy(out->data, text, length);
    out->length = length;
    return MADOGUCHI_OK;
}

/* Whether the message, which has no NUL behind it, holds the text. */
static bool holds(const uint8_t *message, size_t length, const char *text) {
    size_t wanted = strlen(text);
    for (size_t i = 0; wanted <= length && i <= length - wanted; i++) {
        if (memcmp(message + i, text, wanted) == 0) {
            return true;
        }
    }
    return false;
}

static madoguchi_status over(const struct driver *driver, const madoguchi_call *call) {
    if (driver->host->is_cancelled(call)) {
        return MADOGUCHI_CANCELLED;
    }
    return driver->host->remaining_us(call) == 0 ? MADOGUCHI_TIMEOUT : MADOGUCHI_OK;
}

static madoguchi_status wait_for_the_end(const struct driver *driver, const madoguchi_call *call) {
    const struct timespec slice = {0, 5000000};
    madoguchi_status status;
    while ((status = over(driver, call)) == MADOGUCHI_OK) {
        nanosleep(&slice, NULL);
    }
    return status;
}

static void tell(const struct driver *driver, uint32_t level, const char *line) {
    driver->host->log(driver->host->context, level, line, strlen(line));
}

static madoguchi_status fail(const struct driver *driver, madoguchi_status status, const char *detail) {
    driver->host->detail(driver->host->context, detail, strlen(detail));
    return status;
}

static madoguchi_status start(const madoguchi_host *host, void **out) {
    struct driver *driver = calloc(1, sizeof *driver);
    if (driver == NULL) {
        return MADOGUCHI_DRIVER_FAILED;
    }
    driver->host = host;
    driver->card_present[0] = true;
    pthread_mutex_init(&driver->lock, NULL);
    pthread_cond_init(&driver->happened, NULL);
#if defined(REFUSE_START)
    *out = NULL;
    madoguchi_status status = fail(driver, MADOGUCHI_READER_UNAVAILABLE, "the fixture refuses to start");
    free(driver);
    return status;
#else
    tell(driver, MADOGUCHI_LOG_INFO, "the fixture started");
#if defined(NO_DRIVER)
    *out = NULL;
    free(driver);
#else
    *out = driver;
#endif
    return MADOGUCHI_OK;
#endif
}

static void stop(void *context) {
    struct driver *driver = context;
    tell(driver, MADOGUCHI_LOG_INFO, "the fixture stopped");
    pthread_cond_destroy(&driver->happened);
    pthread_mutex_destroy(&driver->lock);
    free(driver);
}

static madoguchi_status info(void *context, madoguchi_buffer *message) {
    (void)context;
#if defined(BAD_INFO)
    return write_text(message, "{\"version\":1,\"body\":7}");
#else
    return write_text(
        message, "{\"version\":1,\"body\":{\"id\":\"c-fixture\",\"maker\":\"madoguchi tests\",\"version\":\"0.1.0\"}}");
#endif
}

static madoguchi_status readers(void *context, madoguchi_buffer *message) {
    struct driver *driver = context;
    char text[1024];
    pthread_mutex_lock(&driver->lock);
    snprintf(text, sizeof text,
             "{\"version\":1,\"body\":["
             "{\"selector\":\"fake-1\",\"display_name\":\"One\",\"capabilities\":" CAPABILITIES ",\"card_present\":%s},"
             "{\"selector\":\"fake-2\",\"display_name\":\"Two\",\"capabilities\":" CAPABILITIES ",\"card_present\":%s}]}",
             driver->card_present[0] ? "true" : "false", driver->card_present[1] ? "true" : "false");
    pthread_mutex_unlock(&driver->lock);
    return write_text(message, text);
}

static madoguchi_status next_event(void *context, uint64_t timeout_us, madoguchi_buffer *message) {
    struct driver *driver = context;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(timeout_us / 1000000);
    until.tv_nsec += (long)(timeout_us % 1000000) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    madoguchi_status status = MADOGUCHI_OK;
    pthread_mutex_lock(&driver->lock);
    while (driver->count == 0 && !driver->interrupted &&
           pthread_cond_timedwait(&driver->happened, &driver->lock, &until) == 0) {
    }
    driver->interrupted = false;
    if (driver->count > 0) {
        status = write_text(message, driver->events[driver->first]);
        driver->first = (driver->first + 1) % 8;
        driver->count--;
    }
    pthread_mutex_unlock(&driver->lock);
    return status;
}

static void interrupt(void *context) {
    struct driver *driver = context;
    pthread_mutex_lock(&driver->lock);
    driver->interrupted = true;
    pthread_cond_signal(&driver->happened);
    pthread_mutex_unlock(&driver->lock);
}

static madoguchi_status set_card(struct reader *reader, bool present) {
    struct driver *driver = reader->driver;
    madoguchi_status status = MADOGUCHI_SERVICE_UNAVAILABLE;
    pthread_mutex_lock(&driver->lock);
    driver->card_present[reader->slot] = present;
    if (driver->count < 8) {
        char *event = driver->events[(driver->first + driver->count++) % 8];
        snprintf(event, sizeof driver->events[0], "{\"version\":1,\"body\":{\"%s\":{\"selector\":\"fake-%d\"}}}",
                 present ? "card_inserted" : "card_gone", reader->slot + 1);
        pthread_cond_signal(&driver->happened);
        status = MADOGUCHI_OK;
    }
    pthread_mutex_unlock(&driver->lock);
    return status;
}

static madoguchi_status open_reader(void *context, const char *selector, const madoguchi_call *call, void **out) {
    struct driver *driver = context;
    madoguchi_status status = over(driver, call);
    if (status != MADOGUCHI_OK) {
        return status;
    }
    int slot = strcmp(selector, "fake-1") == 0 ? 0 : strcmp(selector, "fake-2") == 0 ? 1 : -1;
    if (slot < 0) {
        return MADOGUCHI_READER_REMOVED;
    }
#if defined(NO_READER)
    *out = NULL;
    return MADOGUCHI_OK;
#else
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return MADOGUCHI_DRIVER_FAILED;
    }
    reader->driver = driver;
    reader->slot = slot;
    *out = reader;
    return MADOGUCHI_OK;
#endif
}

static void close_reader(void *context) {
    struct reader *reader = context;
    tell(reader->driver, MADOGUCHI_LOG_DEBUG, reader->powered ? "closed with power" : "closed");
    free(reader);
}

static madoguchi_status power_on(void *context, const madoguchi_call *call, madoguchi_buffer *atr) {
    static const uint8_t ATR[] = {0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14};
    struct reader *reader = context;
    madoguchi_status status = over(reader->driver, call);
    if (status != MADOGUCHI_OK) {
        return status;
    }
    if (!reader->driver->card_present[reader->slot]) {
        return MADOGUCHI_NO_CARD;
    }
    reader->powered = true;
    memcpy(atr->data, ATR, sizeof ATR);
    atr->length = sizeof ATR;
    return MADOGUCHI_OK;
}

static madoguchi_status transmit(void *context, const uint8_t *command, size_t command_length,
                                 const madoguchi_call *call, madoguchi_buffer *response) {
    struct reader *reader = context;
    madoguchi_status status = over(reader->driver, call);
    if (status != MADOGUCHI_OK) {
        return status;
    }
    if (!reader->powered) {
        return MADOGUCHI_CARD_REMOVED;
    }
#if defined(TOO_LONG)
    response->length = response->capacity + 1;
    (void)command;
    (void)command_length;
#else
    /* The command itself, then that it went well. */
    memcpy(response->data, command, command_length);
    response->data[command_length] = 0x90;
    response->data[command_length + 1] = 0x00;
    response->length = command_length + 2;
#endif
    return MADOGUCHI_OK;
}

static void power_off(void *context) {
    ((struct reader *)context)->powered = false;
}

static madoguchi_status present(void *context, const uint8_t *screen, size_t length, const madoguchi_call *call,
                                madoguchi_buffer *answer) {
    struct reader *reader = context;
    if (holds(screen, length, "\"choose_medium\"")) {
        return write_text(answer, "{\"version\":1,\"body\":{\"medium\":\"iphone\"}}");
    }
    if (holds(screen, length, "\"consent\"")) {
        return write_text(answer, "{\"version\":1,\"body\":\"yes\"}");
    }
    if (holds(screen, length, "\"register\"")) {
        return wait_for_the_end(reader->driver, call);
    }
    if (holds(screen, length, "\"staff_check\"")) {
        return MADOGUCHI_UNSUPPORTED;
    }
    return write_text(answer, "{\"version\":1,\"body\":\"seen\"}");
}

static madoguchi_status enter_pin(void *context, const uint8_t *request, size_t length, const madoguchi_call *call,
                                  madoguchi_buffer *digits) {
    struct reader *reader = context;
    madoguchi_status status = over(reader->driver, call);
    if (status != MADOGUCHI_OK || !holds(request, length, "\"digits\":4")) {
        return status;
    }
    return write_text(digits, "1234");
}

static madoguchi_status verify_face(void *context, const uint8_t *request, size_t length, const madoguchi_call *call,
                                    madoguchi_buffer *outcome) {
    (void)context;
    (void)call;
    bool again = holds(request, length, "\"again_because\":\"no_face\"");
    return write_text(outcome, again ? "{\"version\":1,\"body\":\"match\"}" : "{\"version\":1,\"body\":\"no_face\"}");
}

static madoguchi_status accept_visual(void *context, const madoguchi_call *call) {
    struct reader *reader = context;
    (void)call;
    return reader->powered ? MADOGUCHI_OK : MADOGUCHI_NO_CARD;
}

static madoguchi_status run_visit(void *context, const uint8_t *plan, size_t length, const madoguchi_call *call,
                                  madoguchi_buffer *outcome) {
    static const char *const STEPS[] = {"choosing_medium", "waiting_for_card", "of_the_future", "signing"};
    struct reader *reader = context;
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        char step[64];
        int written = snprintf(step, sizeof step, "{\"version\":1,\"body\":\"%s\"}", STEPS[i]);
        reader->driver->host->progress(call, (const uint8_t *)step, (size_t)written);
    }
    if (!holds(plan, length, "\"challenge\":[1,2,3]")) {
        return fail(reader->driver, MADOGUCHI_PROTOCOL, "another challenge");
    }
    return write_text(outcome,
                      "{\"version\":1,\"body\":{\"verified\":{\"medium\":\"card\",\"method\":\"face\","
                      "\"certificate\":[48,3],\"signature\":[3,2,1],\"decisions\":[{\"item\":\"medication\",\"granted\":true}]}}}");
}

static madoguchi_status control(void *context, uint32_t code, const uint8_t *input, size_t input_length,
                                const madoguchi_call *call, madoguchi_buffer *output) {
    struct reader *reader = context;
    (void)input;
    (void)input_length;
    switch (code) {
    case INSERT_CARD:
        return set_card(reader, true);
    case REMOVE_CARD:
        return set_card(reader, false);
    case WAIT:
        return wait_for_the_end(reader->driver, call);
    case SETTINGS:
        return write_text(output, reader->driver->host->settings);
    case FLOOD:
        output->length = output->capacity + 1;
        return MADOGUCHI_OK;
    case FAIL:
        return fail(reader->driver, MADOGUCHI_READER_UNAVAILABLE, "the lamp is broken");
    default:
        return MADOGUCHI_UNSUPPORTED;
    }
}

#if defined(NULL_FUNCTION)
enum { HAS_TRANSMIT = false };
#else
enum { HAS_TRANSMIT = true };
#endif
#if defined(CARDS_ONLY)
enum { IS_WHOLE = false };
#else
enum { IS_WHOLE = true };
#endif

/* What a later minor version may look like: the same struct with more behind it. */
static const struct {
    madoguchi_driver known;
    void *of_the_future[4];
} DRIVER = {
    .known =
        {
#if defined(WRONG_MAGIC)
            .magic = 0x12345678,
#else
            .magic = MADOGUCHI_DRIVER_MAGIC,
#endif
#if defined(WRONG_MAJOR)
            .major = 2,
#else
            .major = MADOGUCHI_DRIVER_MAJOR,
#endif
#if defined(LATER_MINOR)
            .minor = 7,
            .struct_size = sizeof DRIVER,
#elif defined(SHORT_STRUCT)
            .minor = MADOGUCHI_DRIVER_MINOR,
            .struct_size = offsetof(madoguchi_driver, power_off),
#else
            .minor = MADOGUCHI_DRIVER_MINOR,
            .struct_size = sizeof(madoguchi_driver),
#endif
            .start = start,
            .stop = stop,
            .info = info,
            .readers = readers,
            .next_event = next_event,
            .interrupt = interrupt,
            .open = open_reader,
            .close = close_reader,
            .power_on = power_on,
            .transmit = HAS_TRANSMIT ? transmit : NULL,
            .power_off = power_off,
            .present = IS_WHOLE ? present : NULL,
            .enter_pin = IS_WHOLE ? enter_pin : NULL,
            .verify_face = IS_WHOLE ? verify_face : NULL,
            .accept_visual = IS_WHOLE ? accept_visual : NULL,
            .run_visit = IS_WHOLE ? run_visit : NULL,
            .control = IS_WHOLE ? control : NULL,
        },
};

const madoguchi_driver *madoguchi_driver_entry_v1(void) {
#if defined(NULL_ENTRY)
    return DRIVER.of_the_future[0];
#else
    return &DRIVER.known;
#endif
}

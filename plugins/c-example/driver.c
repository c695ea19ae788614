/*
 * A driver for the example reader: a card, a touch screen and a PIN pad behind one TCP connection. It is whole, and made
 * to be copied: this file is the contract, line.c the device, json.c what both need.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "line.h"

#define DRIVER_ID "c-example"
#define DRIVER_MAKER "Example Readers"
#define DRIVER_VERSION "0.1.0"

struct reader;

struct driver {
    const madoguchi_host *host;
    struct line *line;
    /* The device is one, and so is who has it open. */
    _Atomic(struct reader *) open;
};

struct reader {
    struct driver *driver;
    char serial[64];
    bool powered;
    /* Kept from APDU to APDU; wiped after each. */
    char request[LINE_ROOM], answer[LINE_ROOM];
};

static madoguchi_status fail(const struct driver *driver, madoguchi_status status, const char *why) {
    driver->host->detail(driver->host->context, why, strlen(why));
    return status;
}

static madoguchi_status write_text(madoguchi_buffer *out, const char *text) {
    size_t length = strlen(text);
    if (length > out->capacity) {
        return MADOGUCHI_PROTOCOL;
    }
    memcpy(out->data, text, length);
    out->length = length;
    return MADOGUCHI_OK;
}

/* --- The driver. --- */

static madoguchi_status start(const madoguchi_host *host, void **out) {
    struct driver *driver = calloc(1, sizeof *driver);
    char address[64] = "127.0.0.1";
    if (driver == NULL) {
        return MADOGUCHI_DRIVER_FAILED;
    }
    driver->host = host;
    struct json settings = json_parse(host->settings, host->settings_length);
    struct json where = json_member(settings, "address");
    long port = json_number(json_member(settings, "port"), 65535);
    madoguchi_status status = MADOGUCHI_OK;
    if (port <= 0 || (!json_is_empty(where) && !json_string(where, address, sizeof address))) {
        status = fail(driver, MADOGUCHI_READER_UNAVAILABLE, "the settings need a `port` and may have an `address`");
    } else if ((driver->line = line_start(host, address, (unsigned short)port)) == NULL) {
        status = fail(driver, MADOGUCHI_READER_UNAVAILABLE, "`address` is not an IPv4 address, or there is no thread");
    }
    if (status != MADOGUCHI_OK) {
        free(driver);
        return status;
    }
    *out = driver;
    return MADOGUCHI_OK;
}

static void stop(void *context) {
    struct driver *driver = context;
    line_stop(driver->line);
    free(driver);
}

static madoguchi_status info(void *context, madoguchi_buffer *message) {
    (void)context;
    return write_text(message, "{\"version\":1,\"body\":{\"id\":\"" DRIVER_ID "\",\"maker\":\"" DRIVER_MAKER
                               "\",\"version\":\"" DRIVER_VERSION "\"}}");
}

/* What the device says of itself has no quotes: line.c takes no other. */
static void describe(const struct device *device, char *out, size_t room) {
    snprintf(out, room,
             "{\"selector\":\"%s\",\"display_name\":\"%s\",\"model\":\"%s\",\"firmware\":\"%s\",\"capabilities\":[%s],"
             "\"card_present\":%s,\"unavailable\":null}",
             device->serial, device->model, device->model, device->firmware, device->capabilities,
             device->card_present ? "true" : "false");
}

static madoguchi_status readers(void *context, madoguchi_buffer *message) {
    struct driver *driver = context;
    struct device device = line_device(driver->line);
    char reader[1024] = "", text[1200];
    if (device.connected) {
        describe(&device, reader, sizeof reader);
    }
    snprintf(text, sizeof text, "{\"version\":1,\"body\":[%s]}", reader);
    return write_text(message, text);
}

static madoguchi_status next_event(void *context, uint64_t timeout_us, madoguchi_buffer *message) {
    static const char *const NAMES[] = {"", "", "reader_gone", "card_inserted", "card_gone", "touched"};
    struct driver *driver = context;
    struct device device;
    char reader[1024], text[1200];
    enum event event = line_next(driver->line, timeout_us, &device);
    if (event == NOTHING) {
        return MADOGUCHI_OK;
    }
    if (event == DEVICE_CAME) {
        describe(&device, reader, sizeof reader);
        snprintf(text, sizeof text, "{\"version\":1,\"body\":{\"reader_changed\":%s}}", reader);
    } else {
        snprintf(text, sizeof text, "{\"version\":1,\"body\":{\"%s\":{\"selector\":\"%s\"}}}", NAMES[event],
                 device.serial);
    }
    return write_text(message, text);
}

static void interrupt(void *context) {
    line_interrupt(((struct driver *)context)->line);
}

static madoguchi_status open_reader(void *context, const char *selector, const madoguchi_call *call, void **out) {
    struct driver *driver = context;
    struct device device = line_device(driver->line);
    madoguchi_status status = line_over(driver->line, call);
    if (status != MADOGUCHI_OK) {
        return status;
    }
    if (!device.connected || strcmp(selector, device.serial) != 0) {
        return MADOGUCHI_READER_REMOVED;
    }
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return fail(driver, MADOGUCHI_DRIVER_FAILED, "no memory");
    }
    struct reader *nobody = NULL;
    if (!atomic_compare_exchange_strong(&driver->open, &nobody, reader)) {
        free(reader);
        return MADOGUCHI_READER_BUSY;
    }
    reader->driver = driver;
    strcpy(reader->serial, device.serial);
    *out = reader;
    return MADOGUCHI_OK;
}

/* --- The reader. --- */

/* Sends what stands in `request`. Another unit may have been plugged in meanwhile. */
static madoguchi_status ask(struct reader *reader, enum patience patience, const madoguchi_call *call) {
    struct device device = line_device(reader->driver->line);
    if (!device.connected || strcmp(device.serial, reader->serial) != 0) {
        wipe(reader->request, strlen(reader->request));
        return MADOGUCHI_READER_REMOVED;
    }
    return line_ask(reader->driver->line, patience, call, reader->request, reader->answer, sizeof reader->answer);
}

static void power_off(void *context) {
    struct reader *reader = context;
    if (reader->powered) {
        strcpy(reader->request, "power-off");
        ask(reader, DEVICE, NULL);
        reader->powered = false;
    }
}

static void close_reader(void *context) {
    struct reader *reader = context;
    power_off(reader);
    atomic_store(&reader->driver->open, NULL);
    free(reader);
}

/* Takes the answer apart and wipes it. */
static madoguchi_status bytes_of(struct reader *reader, madoguchi_buffer *out) {
    size_t digits = strlen(reader->answer), length = digits / 2;
    madoguchi_status status = digits % 2 == 0 && length <= out->capacity ? MADOGUCHI_OK : MADOGUCHI_PROTOCOL;
    for (size_t i = 0; status == MADOGUCHI_OK && i < digits; i++) {
        static const char HEX[] = "0123456789ABCDEF";
        const char *digit = strchr(HEX, reader->answer[i]);
        if (digit == NULL) {
            status = fail(reader->driver, MADOGUCHI_PROTOCOL, "not hexadecimal");
        } else {
            out->data[i / 2] = (uint8_t)(out->data[i / 2] << 4 | (uint8_t)(digit - HEX));
        }
    }
    out->length = status == MADOGUCHI_OK ? length : 0;
    wipe(reader->answer, digits);
    return status;
}

static madoguchi_status power_on(void *context, const madoguchi_call *call, madoguchi_buffer *atr) {
    struct reader *reader = context;
    strcpy(reader->request, "power-on");
    madoguchi_status status = ask(reader, DEVICE, call);
    reader->powered = status == MADOGUCHI_OK;
    return status == MADOGUCHI_OK ? bytes_of(reader, atr) : status;
}

static madoguchi_status transmit(void *context, const uint8_t *command, size_t length, const madoguchi_call *call,
                                 madoguchi_buffer *response) {
    struct reader *reader = context;
    if (!reader->powered) {
        return MADOGUCHI_CARD_REMOVED;
    }
    if (length > (sizeof reader->request - 32) / 2) {
        return fail(reader->driver, MADOGUCHI_PROTOCOL, "the command is too long");
    }
    char *at = reader->request + sprintf(reader->request, "apdu ");
    for (size_t i = 0; i < length; i++) {
        at += sprintf(at, "%02X", command[i]);
    }
    madoguchi_status status = ask(reader, DEVICE, call);
    return status == MADOGUCHI_OK ? bytes_of(reader, response) : status;
}

/* Appends a word to the request: a space, and the text as PROTOCOL.md spells it. */
static bool add_word(struct reader *reader, const char *text) {
    size_t length = strlen(reader->request);
    if (length + 3 * strlen(text) + 3 > sizeof reader->request) {
        return false;
    }
    char *at = reader->request + length;
    *at++ = ' ';
    if (*text == '\0') {
        *at++ = '-';
    }
    bool is_dash = strcmp(text, "-") == 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        at += sprintf(at, byte <= 0x20 || byte == '%' || byte == 0x7F || is_dash ? "%%%02X" : "%c", byte);
    }
    *at = '\0';
    return true;
}

static bool add_string(struct reader *reader, struct json value) {
    static const size_t MOST = 32768;
    char *text = malloc(MOST);
    bool added = text != NULL && json_string(value, text, MOST) && add_word(reader, text);
    free(text);
    return added;
}

/* `show <page> <language> <about> <text> <button>…`; answers what a pressed button is a name of, NULL where the page is
 * none of the contract that this driver was written for. */
static const char *request_page(struct reader *reader, struct json screen) {
    static const char *const PLAIN[] = {"idle", "completed", "failed", "take_card"};
    char page[32];
    struct json fields = json_choice(json_member(screen, "page"), page, sizeof page);
    const char *about = "", *kind = NULL;
    struct json buttons = {NULL, NULL};
    for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++) {
        kind = !json_is_empty(fields) && strcmp(page, PLAIN[i]) == 0 ? "seen" : kind;
    }
    if (strcmp(page, "choose_medium") == 0 || strcmp(page, "choose_method") == 0) {
        kind = strcmp(page, "choose_medium") == 0 ? "medium" : "method";
        buttons = json_member(fields, "options");
    } else if (strcmp(page, "present") == 0 || strcmp(page, "guide") == 0) {
        kind = "seen";
        about = strcmp(page, "guide") == 0 ? "guidance" : "medium";
    } else if (strcmp(page, "register") == 0 || strcmp(page, "staff_check") == 0 || strcmp(page, "consent") == 0) {
        static const char YES_NO[] = "[\"yes\",\"no\"]";
        kind = "plain";
        about = strcmp(page, "consent") == 0 ? "item" : "";
        buttons = json_parse(YES_NO, sizeof YES_NO - 1);
    }
    sprintf(reader->request, "show");
    bool good = kind != NULL && add_word(reader, page) && add_string(reader, json_member(screen, "language"));
    good = good && (*about == '\0' ? add_word(reader, "") : add_string(reader, json_member(fields, about)));
    struct json text = json_member(fields, "text");
    good = good && (json_is_empty(text) ? add_word(reader, "") : add_string(reader, text));
    for (struct json button = {NULL, NULL}; good && json_next(buttons, &button);) {
        good = add_string(reader, button);
    }
    return good ? kind : NULL;
}

static madoguchi_status present(void *context, const uint8_t *screen, size_t length, const madoguchi_call *call,
                                madoguchi_buffer *answer) {
    struct reader *reader = context;
    struct json message = json_parse((const char *)screen, length);
    const char *kind = request_page(reader, json_member(message, "body"));
    if (kind == NULL) {
        return MADOGUCHI_UNSUPPORTED;
    }
    bool asks = strcmp(kind, "seen") != 0;
    madoguchi_status status = ask(reader, asks ? PERSON : DEVICE, call);
    if (status != MADOGUCHI_OK) {
        return status;
    }
    char pressed[64] = "", text[160];
    size_t at = 0;
    if (!json_quote(pressed, sizeof pressed, &at, asks ? reader->answer : kind)) {
        return fail(reader->driver, MADOGUCHI_PROTOCOL, "no such button");
    }
    bool choice = (strcmp(kind, "medium") == 0 || strcmp(kind, "method") == 0) && strcmp(reader->answer, "quit") != 0;
    snprintf(text, sizeof text, choice ? "{\"version\":1,\"body\":{\"%s\":%s}}" : "{\"version\":1,\"body\":%.0s%s}", kind,
             pressed);
    return write_text(answer, text);
}

static madoguchi_status enter_pin(void *context, const uint8_t *request, size_t length, const madoguchi_call *call,
                                  madoguchi_buffer *digits) {
    struct reader *reader = context;
    struct json body = json_member(json_parse((const char *)request, length), "body");
    sprintf(reader->request, "pin %ld", json_number(json_member(body, "digits"), 16));
    if (!add_string(reader, json_member(body, "holder")) || !add_string(reader, json_member(body, "language"))) {
        return fail(reader->driver, MADOGUCHI_PROTOCOL, "the request cannot be read");
    }
    madoguchi_status status = ask(reader, PERSON, call);
    bool chose_not_to = strcmp(reader->answer, "-") == 0 || strcmp(reader->answer, "quit") == 0;
    if (status == MADOGUCHI_OK && !chose_not_to) {
        status = write_text(digits, reader->answer);
    }
    wipe(reader->answer, strlen(reader->answer));
    return status;
}

static const madoguchi_driver DRIVER = {
    .magic = MADOGUCHI_DRIVER_MAGIC,
    .major = MADOGUCHI_DRIVER_MAJOR,
    .minor = MADOGUCHI_DRIVER_MINOR,
    .struct_size = sizeof(madoguchi_driver),
    .start = start,
    .stop = stop,
    .info = info,
    .readers = readers,
    .next_event = next_event,
    .interrupt = interrupt,
    .open = open_reader,
    .close = close_reader,
    .power_on = power_on,
    .transmit = transmit,
    .power_off = power_off,
    .present = present,
    .enter_pin = enter_pin,
};

const madoguchi_driver *madoguchi_driver_entry_v1(void) {
    return &DRIVER;
}

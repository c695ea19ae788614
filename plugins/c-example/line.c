#define _POSIX_C_SOURCE 200809L

#include "line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Events that nobody has fetched; the oldest gives way, since the list of readers tells the present all the same. */
enum { MOST_EVENTS = 32 };

/* How long a wait is before it looks at its call again, how long one attempt to connect waits for the next, and how long
 * the device may take for what needs no person, in microseconds. */
enum { SLICE_US = 10000, PAUSE_US = 100000, SILENCE_US = 2500000 };

struct line {
    const madoguchi_host *host;
    struct sockaddr_in address;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int socket;
    bool stopping, interrupted;
    struct device device;
    struct happening {
        enum event event;
        struct device device;
    } events[MOST_EVENTS];
    int first, count;
    /* The last number, the one whose answer is awaited (0: none), and where that goes. */
    unsigned long number, awaited;
    char *answer;
    size_t room;
    madoguchi_status status;
    /* What has come and is not a whole line yet: the thread's own. */
    char text[LINE_ROOM];
    size_t length;
};

void wipe(void *memory, size_t length) {
    volatile unsigned char *byte = memory;
    while (length-- > 0) {
        *byte++ = 0;
    }
}

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Waits for a change, at most until then. The lock is held. */
static void wait_until(struct line *line, uint64_t then_us) {
    struct timespec then = {(time_t)(then_us / 1000000), (long)(then_us % 1000000) * 1000};
    pthread_cond_timedwait(&line->changed, &line->lock, &then);
}

static void push(struct line *line, enum event event) {
    if (line->count == MOST_EVENTS) {
        line->first = (line->first + 1) % MOST_EVENTS;
        line->count--;
    }
    line->events[(line->first + line->count++) % MOST_EVENTS] = (struct happening){event, line->device};
    pthread_cond_broadcast(&line->changed);
}

/* --- The device's side: everything here runs on the line's own thread. --- */

static madoguchi_status status_of(const struct line *line, const char *code) {
    static const struct {
        const char *code;
        madoguchi_status status;
    } TABLE[] = {
        {"no-card", MADOGUCHI_NO_CARD},      {"mute", MADOGUCHI_CARD_UNRESPONSIVE}, {"removed", MADOGUCHI_CARD_REMOVED},
        {"reset", MADOGUCHI_CARD_RESET},     {"cancelled", MADOGUCHI_CANCELLED},    {"page", MADOGUCHI_UNSUPPORTED},
        {"busy", MADOGUCHI_READER_BUSY},
    };
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        if (strcmp(code, TABLE[i].code) == 0) {
            return TABLE[i].status;
        }
    }
    line->host->log(line->host->context, MADOGUCHI_LOG_WARN, "unexpected answer", strlen("unexpected answer"));
    return MADOGUCHI_PROTOCOL;
}

/* `<number> ok <words>` or `<number> error <code>`. */
static void answered(struct line *line, char *text) {
    char *rest;
    unsigned long number = strtoul(text, &rest, 10);
    if (number == 0 || number != line->awaited || *rest != ' ') {
        return; /* Of a call that has ended. */
    }
    rest++;
    if (strncmp(rest, "ok", 2) == 0 && (rest[2] == ' ' || rest[2] == '\0')) {
        rest += rest[2] == ' ' ? 3 : 2;
        line->status = strlen(rest) < line->room ? MADOGUCHI_OK : MADOGUCHI_PROTOCOL;
        if (line->status == MADOGUCHI_OK) {
            strcpy(line->answer, rest);
        }
    } else {
        line->status = status_of(line, strncmp(rest, "error ", 6) == 0 ? rest + 6 : rest);
    }
    line->awaited = 0;
    pthread_cond_broadcast(&line->changed);
}

/* `ok <serial> <model> <firmware> <card|empty> <capability>…` */
static bool introduced(struct device *device, char *text) {
    char card[8];
    int read = 0;
    memset(device, 0, sizeof *device);
    /* What it says goes into JSON as it is. */
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || strchr("\"\\%", *at) != NULL) {
            return false;
        }
    }
    if (sscanf(text, "1 ok %63s %63s %63s %7s%n", device->serial, device->model, device->firmware, card, &read) != 4) {
        return false;
    }
    size_t length = 0;
    for (char *word = strtok(text + read, " "); word != NULL; word = strtok(NULL, " ")) {
        int more = snprintf(device->capabilities + length, sizeof device->capabilities - length, "%s\"%s\"",
                            length > 0 ? "," : "", word);
        length += (size_t)more;
        if (length >= sizeof device->capabilities) {
            return false;
        }
    }
    device->card_present = strcmp(card, "card") == 0;
    device->connected = true;
    return true;
}

static bool understood(struct line *line, char *text) {
    bool good = true;
    pthread_mutex_lock(&line->lock);
    if (!line->device.connected) {
        good = introduced(&line->device, text);
        if (good) {
            push(line, DEVICE_CAME);
        }
    } else if (strcmp(text, "* card-in") == 0) {
        line->device.card_present = true;
        push(line, CARD_IN);
    } else if (strcmp(text, "* card-out") == 0) {
        line->device.card_present = false;
        push(line, CARD_OUT);
    } else if (strcmp(text, "* touched") == 0) {
        push(line, TOUCHED);
    } else {
        answered(line, text);
    }
    pthread_mutex_unlock(&line->lock);
    return good;
}

/* Reads lines until the connection ends. */
static void serve(struct line *line, int connection) {
    line->length = 0;
    while (line->length < sizeof line->text) {
        ssize_t more = recv(connection, line->text + line->length, sizeof line->text - line->length, 0);
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more <= 0) {
            break;
        }
        line->length += (size_t)more;
        char *end;
        while ((end = memchr(line->text, '\n', line->length)) != NULL) {
            size_t size = (size_t)(end - line->text) + 1;
            *end = '\0';
            bool good = understood(line, line->text);
            /* A PIN or a card's answer: it has been passed on. */
            memmove(line->text, end + 1, line->length - size);
            wipe(line->text + line->length - size, size);
            line->length -= size;
            if (!good) {
                return;
            }
        }
    }
    wipe(line->text, line->length);
}

static void *run(void *context) {
    struct line *line = context;
    pthread_mutex_lock(&line->lock);
    while (!line->stopping) {
        int connection = socket(AF_INET, SOCK_STREAM, 0);
        const struct timeval soon = {0, SLICE_US};
        const int on = 1;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        line->socket = connection;
        pthread_mutex_unlock(&line->lock);
        bool open = connection >= 0 &&
                    connect(connection, (struct sockaddr *)&line->address, sizeof line->address) == 0 &&
                    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon) == 0 &&
                    send(connection, "1 hello 1\n", 10, MSG_NOSIGNAL) == 10;
        if (open) {
            serve(line, connection);
        }
        pthread_mutex_lock(&line->lock);
        line->socket = -1;
        if (connection >= 0) {
            close(connection);
        }
        line->number = 1;
        if (line->device.connected) {
            line->device.connected = false;
            push(line, DEVICE_WENT);
        }
        uint64_t until = now_us() + PAUSE_US;
        while (!line->stopping && now_us() < until) {
            wait_until(line, until);
        }
    }
    pthread_mutex_unlock(&line->lock);
    return NULL;
}

/* --- The host's side. --- */

struct line *line_start(const madoguchi_host *host, const char *address, unsigned short port) {
    struct line *line = calloc(1, sizeof *line);
    pthread_condattr_t clock;
    if (line == NULL) {
        return NULL;
    }
    line->host = host;
    line->socket = -1;
    line->number = 1;
    line->address.sin_family = AF_INET;
    line->address.sin_port = htons(port);
    pthread_mutex_init(&line->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&line->changed, &clock);
    pthread_condattr_destroy(&clock);
    if (inet_pton(AF_INET, address, &line->address.sin_addr) != 1 ||
        pthread_create(&line->thread, NULL, run, line) != 0) {
        pthread_cond_destroy(&line->changed);
        pthread_mutex_destroy(&line->lock);
        free(line);
        return NULL;
    }
    return line;
}

void line_stop(struct line *line) {
    pthread_mutex_lock(&line->lock);
    line->stopping = true;
    if (line->socket >= 0) {
        shutdown(line->socket, SHUT_RDWR);
    }
    pthread_cond_broadcast(&line->changed);
    pthread_mutex_unlock(&line->lock);
    pthread_join(line->thread, NULL);
    pthread_cond_destroy(&line->changed);
    pthread_mutex_destroy(&line->lock);
    free(line);
}

madoguchi_status line_over(const struct line *line, const madoguchi_call *call) {
    if (call == NULL) {
        return MADOGUCHI_OK;
    }
    if (line->host->is_cancelled(call)) {
        return MADOGUCHI_CANCELLED;
    }
    return line->host->remaining_us(call) == 0 ? MADOGUCHI_TIMEOUT : MADOGUCHI_OK;
}

/* The lock is held. Half a line must not stay on the wire: then the connection is given up. */
static madoguchi_status send_all(struct line *line, const madoguchi_call *call, const char *bytes, size_t length) {
    for (size_t sent = 0; sent < length;) {
        ssize_t more = send(line->socket, bytes + sent, length - sent, MSG_NOSIGNAL);
        madoguchi_status status = line_over(line, call);
        if (more >= 0) {
            sent += (size_t)more;
        } else if (errno != EINTR && (errno != EAGAIN || status != MADOGUCHI_OK)) {
            shutdown(line->socket, SHUT_RDWR);
            return status != MADOGUCHI_OK ? status : MADOGUCHI_READER_REMOVED;
        }
    }
    return MADOGUCHI_OK;
}

static madoguchi_status send_request(struct line *line, const madoguchi_call *call, const char *request) {
    char number[24];
    int digits = snprintf(number, sizeof number, "%lu ", ++line->number);
    madoguchi_status status = send_all(line, call, number, (size_t)digits);
    if (status == MADOGUCHI_OK) {
        status = send_all(line, call, request, strlen(request));
    }
    return status == MADOGUCHI_OK ? send_all(line, call, "\n", 1) : status;
}

madoguchi_status line_ask(struct line *line, enum patience patience, const madoguchi_call *call, char *request,
                          char *answer, size_t room) {
    pthread_mutex_lock(&line->lock);
    madoguchi_status status = line->device.connected ? line_over(line, call) : MADOGUCHI_READER_REMOVED;
    bool asked = false;
    if (status == MADOGUCHI_OK) {
        line->awaited = line->number + 1;
        line->answer = answer;
        line->room = room;
        status = send_request(line, call, request);
        asked = status == MADOGUCHI_OK;
    }
    const uint64_t silent = now_us() + SILENCE_US;
    while (status == MADOGUCHI_OK && line->awaited != 0) {
        wait_until(line, now_us() + SLICE_US);
        status = line->device.connected ? line_over(line, call) : MADOGUCHI_READER_REMOVED;
        if (status == MADOGUCHI_OK && patience == DEVICE && now_us() > silent) {
            shutdown(line->socket, SHUT_RDWR);
            status = MADOGUCHI_READER_REMOVED;
        }
    }
    if (asked && line->awaited == 0 && status != MADOGUCHI_READER_REMOVED) {
        /* An answer that came with the end of the call counts. */
        status = status == MADOGUCHI_OK || line->status == MADOGUCHI_OK ? line->status : status;
    } else if (asked && patience == PERSON && line->device.connected) {
        send_request(line, NULL, "clear");
    }
    line->awaited = 0;
    pthread_mutex_unlock(&line->lock);
    wipe(request, strlen(request));
    return status;
}

enum event line_next(struct line *line, uint64_t timeout_us, struct device *device) {
    struct happening happened = {.event = NOTHING};
    const uint64_t until = now_us() + timeout_us;
    pthread_mutex_lock(&line->lock);
    while (line->count == 0 && !line->interrupted && now_us() < until) {
        wait_until(line, until);
    }
    line->interrupted = false;
    if (line->count > 0) {
        happened = line->events[line->first];
        line->first = (line->first + 1) % MOST_EVENTS;
        line->count--;
    }
    pthread_mutex_unlock(&line->lock);
    *device = happened.device;
    return happened.event;
}

void line_interrupt(struct line *line) {
    pthread_mutex_lock(&line->lock);
    line->interrupted = true;
    pthread_cond_broadcast(&line->changed);
    pthread_mutex_unlock(&line->lock);
}

struct device line_device(struct line *line) {
    pthread_mutex_lock(&line->lock);
    struct device device = line->device;
    pthread_mutex_unlock(&line->lock);
    return device;
}

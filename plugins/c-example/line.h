/* The device's line: one connection, one request at a time, and what the device says unasked. PROTOCOL.md. */
#ifndef EXAMPLE_LINE_H
#define EXAMPLE_LINE_H

#include "madoguchi_driver.h"

/* The longest line, with its end. */
#define LINE_ROOM 140000

/* Whom a request waits for. */
enum patience { DEVICE, PERSON };

/* What the device said of itself when it was connected. */
struct device {
    bool connected;
    bool card_present;
    char serial[64];
    char model[64];
    char firmware[64];
    /* As JSON: `"NFC_CARD","SCREEN"`. */
    char capabilities[160];
};

enum event { NOTHING, DEVICE_CAME, DEVICE_WENT, CARD_IN, CARD_OUT, TOUCHED };

struct line;

/* Connects from now on whenever the device is there; NULL where there is no memory or no thread. */
struct line *line_start(const madoguchi_host *host, const char *address, unsigned short port);
void line_stop(struct line *line);

/* Whether the call is over, and how; a call of NULL never is. */
madoguchi_status line_over(const struct line *line, const madoguchi_call *call);

/* Sends `<number> <request>` and copies the words behind `ok`. While a person is waited for, an end of the call clears
 * the screen. The request is wiped: it, or what it becomes, may hold what a card said. */
madoguchi_status line_ask(struct line *line, enum patience patience, const madoguchi_call *call, char *request,
                          char *answer, size_t room);

/* The next thing that happened, and the device as it was then; NOTHING after the timeout or an interruption. */
enum event line_next(struct line *line, uint64_t timeout_us, struct device *device);
void line_interrupt(struct line *line);

/* The device as it is now. */
struct device line_device(struct line *line);

/* Overwrites in a way that no optimisation takes out. */
void wipe(void *memory, size_t length);

#endif

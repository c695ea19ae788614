/* As much JSON as a driver needs: looking things up in the host's messages, and writing texts into its own. */
#ifndef EXAMPLE_JSON_H
#define EXAMPLE_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of JSON inside somebody else's memory: a value from its first byte to its last. */
struct json {
    const char *start;
    const char *end;
};

/* The piece, or one that is empty where the text is not JSON. */
struct json json_parse(const char *text, size_t length);
bool json_is_empty(struct json value);

/* The member of an object; empty where there is none. */
struct json json_member(struct json object, const char *name);
/* The only member of an object, which is how the messages write a choice with fields; its name is copied. */
struct json json_choice(struct json value, char *name, size_t room);
/* Item after item of an array: begins with an empty `item`, false after the last one. */
bool json_next(struct json array, struct json *item);

/* Copies a string in UTF-8 with a NUL; false where the value is none or does not fit. */
bool json_string(struct json value, char *out, size_t room);
/* A whole number from 0 to `most`; -1 where the value is none. */
long json_number(struct json value, long most);

/* Appends a text as a JSON string with its quotes; false where it does not fit. `*length` grows. */
bool json_quote(char *out, size_t room, size_t *length, const char *text);

#endif

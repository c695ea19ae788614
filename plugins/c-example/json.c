#include "json.h"

#include <stdio.h>
#include <string.h>

/* The host writes nothing that is nested deeper. */
enum { DEEPEST = 32 };

static const struct json EMPTY = {NULL, NULL};

static const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    return at;
}

/* Where the string that begins here ends, behind its quote; NULL where it does not. */
static const char *skip_string(const char *at, const char *end) {
    for (at++; at < end; at++) {
        if (*at == '\\') {
            at++;
        } else if (*at == '"') {
            return at + 1;
        }
    }
    return NULL;
}

static const char *skip_value(const char *at, const char *end, int depth) {
    at = skip_space(at, end);
    if (at >= end || depth > DEEPEST) {
        return NULL;
    }
    if (*at == '"') {
        return skip_string(at, end);
    }
    if (*at != '{' && *at != '[') {
        const char *start = at;
        while (at < end && strchr(",]} \t\r\n", *at) == NULL) {
            at++;
        }
        return at > start ? at : NULL;
    }
    const char close = *at == '{' ? '}' : ']';
    at = skip_space(at + 1, end);
    while (at < end && *at != close) {
        if (close == '}') {
            at = *at == '"' ? skip_string(at, end) : NULL;
            at = at == NULL ? NULL : skip_space(at, end);
            if (at == NULL || at >= end || *at++ != ':') {
                return NULL;
            }
        }
        at = skip_value(at, end, depth + 1);
        if (at == NULL) {
            return NULL;
        }
        at = skip_space(at, end);
        if (at < end && *at == ',') {
            at = skip_space(at + 1, end);
        } else if (at >= end || *at != close) {
            return NULL;
        }
    }
    return at < end ? at + 1 : NULL;
}

struct json json_parse(const char *text, size_t length) {
    const char *end = text + length;
    const char *start = skip_space(text, end);
    const char *stop = skip_value(start, end, 0);
    if (stop == NULL || skip_space(stop, end) != end) {
        return EMPTY;
    }
    return (struct json){start, stop};
}

bool json_is_empty(struct json value) {
    return value.start == NULL;
}

/* The value that begins here; the text was parsed as a whole before. */
static struct json value_at(const char *at, const char *end) {
    at = skip_space(at, end);
    return (struct json){at, skip_value(at, end, 0)};
}

/* Member after member: `at` is behind the one before, or at the object's first byte. */
static bool next_member(struct json object, const char **at, struct json *name, struct json *value) {
    if (json_is_empty(object) || *object.start != '{') {
        return false;
    }
    *at = skip_space(*at == object.start ? *at + 1 : *at, object.end);
    *at = **at == ',' ? skip_space(*at + 1, object.end) : *at;
    if (**at == '}') {
        return false;
    }
    *name = value_at(*at, object.end);
    *value = value_at(skip_space(name->end, object.end) + 1, object.end);
    *at = value->end;
    return true;
}

struct json json_member(struct json object, const char *wanted) {
    const char *at = object.start;
    struct json name, value;
    while (next_member(object, &at, &name, &value)) {
        if ((size_t)(name.end - name.start) == strlen(wanted) + 2 &&
            memcmp(name.start + 1, wanted, strlen(wanted)) == 0) {
            return value;
        }
    }
    return EMPTY;
}

struct json json_choice(struct json value, char *out, size_t room) {
    const char *at = value.start;
    struct json name, fields;
    if (json_string(value, out, room)) {
        return value;
    }
    if (!next_member(value, &at, &name, &fields) || !json_string(name, out, room)) {
        return EMPTY;
    }
    return fields;
}

bool json_next(struct json array, struct json *item) {
    if (json_is_empty(array) || *array.start != '[') {
        return false;
    }
    const char *at = skip_space(json_is_empty(*item) ? array.start + 1 : item->end, array.end);
    at = *at == ',' ? skip_space(at + 1, array.end) : at;
    if (*at == ']') {
        return false;
    }
    *item = value_at(at, array.end);
    return true;
}

static int hex_digits(const char *at, const char *end) {
    unsigned code = 0;
    for (int i = 0; i < 4; i++, at++) {
        const char *digits = "0123456789abcdef";
        const char *digit = at < end && *at != '\0' ? strchr(digits, *at | 0x20) : NULL;
        if (digit == NULL) {
            return -1;
        }
        code = code * 16 + (unsigned)(digit - digits);
    }
    return (int)code;
}

/* The host escapes control characters alone this way; a half of a pair is not one. */
static size_t utf8(char *out, int code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    out[0] = (char)(0xE0 | (code >> 12));
    out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
    out[2] = (char)(0x80 | (code & 0x3F));
    return 3;
}

bool json_string(struct json value, char *out, size_t room) {
    static const char ESCAPES[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    size_t length = 0;
    if (json_is_empty(value) || *value.start != '"') {
        return false;
    }
    const char *end = value.end - 1;
    for (const char *at = value.start + 1; at < end; at++) {
        if (length + 4 > room) {
            return false;
        }
        if (*at != '\\') {
            out[length++] = *at;
            continue;
        }
        at++;
        if (*at == 'u') {
            int code = hex_digits(at + 1, end);
            if (code <= 0 || (code >= 0xD800 && code < 0xE000)) {
                return false;
            }
            length += utf8(out + length, code);
            at += 4;
            continue;
        }
        size_t i = 0;
        while (ESCAPES[i] != '\0' && ESCAPES[i] != *at) {
            i += 2;
        }
        if (ESCAPES[i] == '\0') {
            return false;
        }
        out[length++] = ESCAPES[i + 1];
    }
    if (length >= room) {
        return false;
    }
    out[length] = '\0';
    return true;
}

long json_number(struct json value, long most) {
    long number = 0;
    if (json_is_empty(value)) {
        return -1;
    }
    for (const char *at = value.start; at < value.end; at++) {
        if (*at < '0' || *at > '9' || number > (most - (*at - '0')) / 10) {
            return -1;
        }
        number = number * 10 + (*at - '0');
    }
    return number;
}

bool json_quote(char *out, size_t room, size_t *length, const char *text) {
    char piece[8];
    size_t at = *length;
    for (int stage = 0; stage < 3; stage++) {
        /* The quote before, the text, the quote behind. */
        const char *from = stage == 1 ? text : "\"";
        for (; *from != '\0'; from++) {
            unsigned char byte = (unsigned char)*from;
            bool escaped = stage == 1 && (byte < 0x20 || byte == '"' || byte == '\\');
            snprintf(piece, sizeof piece, escaped ? "\\u%04x" : "%c", byte);
            size_t size = strlen(piece);
            if (at + size >= room) {
                return false;
            }
            memcpy(out + at, piece, size);
            at += size;
        }
    }
    out[at] = '\0';
    *length = at;
    return true;
}

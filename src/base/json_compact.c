#include "base/json_compact.h"

#include "base/limits.h"
#include "base/utf8.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

_Static_assert(JSON_COMPACT_DEPTH_MAX <= LIMIT_JSON_DEPTH, "what is passed can be read");

#define EIGHT(c) (c), (c), (c), (c), (c), (c), (c), (c)
#define THIRTY(c)                                                                                                      \
    {                                                                                                                  \
        EIGHT(c), EIGHT(c), EIGHT(c), EIGHT(c)                                                                         \
    }
const struct json_compact_bytes json_compact_bytes = {THIRTY('"'), THIRTY('\\'), THIRTY('\x1F')};

/* Gives what is behind one digit or more. */
static const char *pass_digits(const char *at)
{
    const char *begin = at;
    while (ascii_is_digit(*at)) {
        at++;
    }
    return at > begin ? at : NULL;
}

static const char *pass_number(const char *at)
{
    at += *at == '-';
    at = *at == '0' ? at + 1 : pass_digits(at);
    if (at && *at == '.') {
        at = pass_digits(at + 1);
    }
    if (at && (*at | 0x20) == 'e') {
        at++;
        at += *at == '+' || *at == '-';
        at = pass_digits(at);
    }
    return at;
}

/* Byte by byte: the text may end anywhere in it. */
static const char *pass_word(const char *at, const char *word)
{
    for (; *word; word++, at++) {
        if (*at != *word) {
            return NULL;
        }
    }
    return at;
}

const char *json_compact_scalar(const char *at, enum json_kind *ret_kind)
{
    *ret_kind = *at == 'n' ? JSON_NULL : *at == 't' || *at == 'f' ? JSON_BOOL : JSON_NUMBER;
    switch (*at) {
    case 't':
        return pass_word(at, "true");
    case 'f':
        return pass_word(at, "false");
    case 'n':
        return pass_word(at, "null");
    default:
        return pass_number(at);
    }
}

#define COMPACT(name)   name##_portable
#define COMPACT_INLINE  static inline
#define COMPACT_IS_AVX2 0
#include "base/json_compact_pass.h"
#undef COMPACT
#undef COMPACT_INLINE
#undef COMPACT_IS_AVX2

#if defined(__x86_64__)
#define COMPACT(name)   name##_avx2
#define COMPACT_INLINE  static inline __attribute__((target("avx2,bmi")))
#define COMPACT_IS_AVX2 1
#include "base/json_compact_pass.h"
#endif

static bool is_portable_wanted = false;

void json_compact_use_portable(bool is_portable)
{
    is_portable_wanted = is_portable;
}

bool json_compact_has_avx2(void)
{
#if defined(__x86_64__)
    return !is_portable_wanted && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
#else
    return false;
#endif
}

const char *json_compact_line(const char *text, const char *end)
{
    struct json_compact compact = {.end = end};
    struct json_value value = {0};
    const char *stop = NULL;
    if (*text == '{' || *text == '[') {
#if defined(__x86_64__)
        stop = json_compact_has_avx2() ? compact_value_avx2(&compact, text, &value)
                                       : compact_value_portable(&compact, text, &value);
#else
        stop = compact_value_portable(&compact, text, &value);
#endif
    }
    bool is_line = stop && *stop == '\n' && (!compact.has_wide || utf8_is_valid(value.text));
    return is_line ? stop : NULL;
}

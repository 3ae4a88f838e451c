/* base/json_compact_pass.h
 * The loops of json_compact.h, to be compiled into those of their user. Included once for each kind of processor, with
 * these defined: COMPACT(name) names the functions, COMPACT_INLINE is their attribute, COMPACT_IS_AVX2 is 0 or 1.
 */

/* A bit for each of the 32 bytes at `at` that may not be passed: quotes, backslashes, control bytes, and those beyond
 * ASCII, which are below a blank where bytes are signed. */
COMPACT_INLINE uint32_t COMPACT(compact_stops)(const char *at)
{
#if COMPACT_IS_AVX2
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i quotes = _mm256_loadu_si256((const __m256i *)(const void *)json_compact_bytes.quotes);
    __m256i backslashes = _mm256_loadu_si256((const __m256i *)(const void *)json_compact_bytes.backslashes);
    __m256i controls = _mm256_loadu_si256((const __m256i *)(const void *)json_compact_bytes.controls);
    __m256i hits =
        _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_min_epi8(bytes, controls)),
                        _mm256_or_si256(_mm256_cmpeq_epi8(bytes, quotes), _mm256_cmpeq_epi8(bytes, backslashes)));
    return (uint32_t)_mm256_movemask_epi8(hits);
#elif defined(__SSE2__)
    uint32_t stops = 0;
    for (unsigned i = 0; i < 2; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
        __m128i breaks =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        __m128i hits = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')), breaks);
        stops |= (uint32_t)_mm_movemask_epi8(hits) << 16 * i;
    }
    return stops;
#else
    uint32_t stops = 0;
    for (unsigned i = 0; i < 32; i++) {
        stops |= (uint32_t)((signed char)at[i] < ' ' || at[i] == '"' || at[i] == '\\') << i;
    }
    return stops;
#endif
}

/* What is behind a byte of a string that may not be passed and is not its end; NULL: it may not be there. */
COMPACT_INLINE const char *COMPACT(compact_stop)(struct json_compact *text, const char *at, bool *ret_has_escape)
{
    if (*at == '\\') {
        *ret_has_escape = true;
        return json_compact_escape(at + 1);
    }
    if ((unsigned char)*at < ' ') {
        return NULL;
    }
    text->has_wide = true;
    while ((unsigned char)*at >= 0x80) {
        at++;
    }
    return at;
}

/* `at` is behind the opening quote. Gives the closing one. */
COMPACT_INLINE const char *COMPACT(compact_string)(struct json_compact *text, const char *at, bool *ret_has_escape)
{
    enum { STEP = 32 };
    *ret_has_escape = false;
    while (text->end - at >= STEP) {
        uint32_t stops = COMPACT(compact_stops)(at);
        const char *next = at + STEP;
        while (stops != 0) {
            const char *stop = at + (unsigned)__builtin_ctz(stops);
            if (*stop == '"') {
                return stop;
            }
            stop = COMPACT(compact_stop)(text, stop, ret_has_escape);
            if (!stop) {
                return NULL;
            }
            if (stop >= next) {
                next = stop;
                break;
            }
            stops &= UINT32_MAX << (stop - at);
        }
        at = next;
    }
    while (*at != '"') {
        bool is_plain = *at >= ' ' && *at != '\\' && (unsigned char)*at < 0x80;
        at = is_plain ? at + 1 : COMPACT(compact_stop)(text, at, ret_has_escape);
        if (!at) {
            return NULL;
        }
    }
    return at;
}

/* `at` stands on a bracket. Gives what is behind the one that closes it. */
COMPACT_INLINE const char *COMPACT(compact_container)(struct json_compact *text, const char *at)
{
    uint64_t kinds = 0; /* of the open brackets, the innermost one lowest: 1 = '{' */
    unsigned depth = 0;
    bool has_escape;
    enum json_kind kind;
    for (;;) {
        /* A value is in front. */
        char c = *at;
        if (c == '"') {
            at = COMPACT(compact_string)(text, at + 1, &has_escape);
            if (!at) {
                return NULL;
            }
            at++;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_COMPACT_DEPTH_MAX) {
                return NULL;
            }
            kinds = kinds << 1 | (c == '{');
            at++;
            if (*at != (c == '{' ? '}' : ']')) {
                if (c == '[') {
                    continue;
                }
                goto member;
            }
        } else {
            at = json_compact_scalar(at, &kind);
            if (!at) {
                return NULL;
            }
        }
        /* Behind a value. */
        while (*at != ',') {
            if (*at != (kinds & 1 ? '}' : ']')) {
                return NULL;
            }
            at++;
            kinds >>= 1;
            if (--depth == 0) {
                return at;
            }
        }
        at++;
        if (!(kinds & 1)) {
            continue;
        }
    member:
        at = *at == '"' ? COMPACT(compact_string)(text, at + 1, &has_escape) : NULL;
        if (!at || at[1] != ':') {
            return NULL;
        }
        at += 2;
    }
}

/* The value at `at`. Gives what is behind it. */
COMPACT_INLINE const char *COMPACT(compact_value)(struct json_compact *text, const char *at, struct json_value *ret)
{
    const char *stop;
    char c = *at;
    ret->has_escape = false;
    if (c == '"') {
        stop = COMPACT(compact_string)(text, at + 1, &ret->has_escape);
        if (!stop) {
            return NULL;
        }
        ret->kind = JSON_STRING;
        ret->text = (str){at + 1, (size_t)(stop - at) - 1};
        return stop + 1;
    }
    if (c == '{' || c == '[') {
        stop = COMPACT(compact_container)(text, at);
        ret->kind = c == '{' ? JSON_OBJECT : JSON_ARRAY;
    } else {
        stop = json_compact_scalar(at, &ret->kind);
    }
    ret->text = (str){at, stop ? (size_t)(stop - at) : 0};
    return stop;
}

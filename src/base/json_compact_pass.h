/* base/json_compact_pass.h
 * The loops of json_compact.h, to be compiled into those of their user. Included once for each kind of processor, with
 * these defined: COMPACT(name) names the functions, COMPACT_INLINE is their attribute, COMPACT_IS_AVX2 is 0 or 1.
 */

/* `at` is behind the opening quote. Gives the closing one. */
COMPACT_INLINE const char *COMPACT(compact_string)(struct json_compact *text, const char *at, bool *ret_has_escape)
{
    enum { STEP = 32 };
    *ret_has_escape = false;
    for (;;) {
        if (text->end - at >= STEP) {
#if COMPACT_IS_AVX2
            __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
            /* Signed: control bytes and those beyond ASCII are below a blank. */
            __m256i hits = _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes),
                                           _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')),
                                                           _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'))));
            unsigned mask = (unsigned)_mm256_movemask_epi8(hits);
            if (mask == 0) {
                at += STEP;
                continue;
            }
            at += __builtin_ctz(mask);
#elif defined(__SSE2__)
            unsigned mask = 0;
            for (unsigned i = 0; i < 2; i++) {
                __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
                __m128i hits = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
                                            _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                         _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
                mask |= (unsigned)_mm_movemask_epi8(hits) << 16 * i;
            }
            if (mask == 0) {
                at += STEP;
                continue;
            }
            at += __builtin_ctz(mask);
#endif
        }
        char c = *at;
        if (c == '"') {
            return at;
        }
        if (c == '\\') {
            *ret_has_escape = true;
            at = json_compact_escape(at + 1);
            if (!at) {
                return NULL;
            }
        } else if ((unsigned char)c < ' ') {
            return NULL;
        } else {
            while ((unsigned char)*at >= 0x80) {
                text->has_wide = true;
                at++;
            }
            at += (unsigned char)c < 0x80;
        }
    }
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

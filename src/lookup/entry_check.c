#include "lookup/entry_check.h"

#include <stdlib.h>

static int compare_ignoring_case(str a, str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < shorter; i++) {
        unsigned char left = (unsigned char)ascii_lower(a.data[i]);
        unsigned char right = (unsigned char)ascii_lower(b.data[i]);
        if (left != right) {
            return left < right ? -1 : 1;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_content(const struct entry_key *left, const struct entry_key *right)
{
    int order = (left->number > right->number) - (left->number < right->number);
    return order ? order : compare_ignoring_case(left->text, right->text);
}

static int compare_keys(const void *a, const void *b)
{
    const struct entry_key *left = a;
    const struct entry_key *right = b;
    int order = compare_content(left, right);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

tocsin_status entry_check_unique(const struct yaml_document *document, const char *list, const char *member,
                                 struct entry_key *keys, size_t key_count, struct error *err)
{
    if (key_count < 2) {
        return TOCSIN_OK;
    }
    qsort(keys, key_count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < key_count; i++) {
        if (compare_content(&keys[i - 1], &keys[i]) != 0) {
            continue;
        }
        if (keys[i].text.len > 0) {
            error_set(err, TOCSIN_ERROR_CONFIG, "the %s '%.*s' stands here twice", member, STR_ARG(keys[i].text));
        } else {
            error_set(err, TOCSIN_ERROR_CONFIG, "the %s %lld stands here twice", member, (long long)keys[i].number);
        }
        yaml_document_position(document, err, "%s[%u].%s", list, keys[i].index, member);
        return TOCSIN_ERROR_CONFIG;
    }
    return TOCSIN_OK;
}

/* Texts that name a credential, as one who searches for credentials writes them: password, api[_-]?key, Bearer. Not
 * texts about how a credential fares ("token expired"), and not longer words that hold one of these (tokenizer). */
#include "command/credential_words.h"

struct credential_word {
    const char *text;
    bool is_whole; /* no letter may stand before or behind it */
};

static const struct credential_word credential_words[] = {
    {"passw", false},
    {"passwd", false},
    {"pwd", true},
    {"pass", true},
    {"passphrase", false},
    {"secret", false},
    {"token", false},
    {"api_key", false},
    {"apikey", false},
    {"api-key", false},
    {"api key", false},
    {"api.?key", false},
    {"api[", false},
    {"credential", false},
    {"creds", true},
    {"cred", true},
    {"bearer", false},
    {"authorization", false},
    {"key", true},
    {"keys", true},
    {"private", true},
    {"jwt", true},
    {"akia", false},
    {"aws_", false},
    {"access_key", false},
    {"eyj", true},
    {"_key", true},
    {"://.*:.*@", false},
    {"connectionstring", false},
    {"dsn", true},
    {"database_url", false},
    {"kubeconfig", false},
    {"kubernetes_service", false},
    {"p4ss", false},
    {"login:", false},
};

static const char *const troubles[] = {
    "expired", "invalid",  "failed",    "failure",   "error",       "denied",      "mismatch",     "missing", "rotat",
    "renew",   "refresh",  "limit",     "bucket",    "unexpected",  "revoked",     "not found",    "timeout", "warn",
    "mounted", "accepted", "publickey", "cache key", "primary key", "foreign key", "duplicate key"};

static const char *const longer[] = {"tokeniz",         "tokenis",     "secretname",     "secretref",    "secretkeyref",
                                     "tokens/s",        "secretary",   "externalsecret", "sealedsecret", "pushsecret",
                                     "imagepullsecret", "secretstore", "passwordless"};

static bool has_lower(str text, const char *word, size_t from, size_t *ret_at)
{
    size_t len = strlen(word);
    for (size_t i = from; i + len <= text.len; i++) {
        size_t n = 0;
        while (n < len && ascii_lower(text.data[i + n]) == word[n]) {
            n++;
        }
        if (n == len) {
            *ret_at = i;
            return true;
        }
    }
    return false;
}

static bool is_whole_word(str text, size_t at, size_t len)
{
    bool begins = at == 0 || !ascii_is_alpha(text.data[at - 1]) || text.data[at - 1] == '_';
    bool ends = at + len >= text.len || !ascii_is_alpha(text.data[at + len]);
    return begins && ends;
}

bool names_credential(str text)
{
    text = str_slice(text, 0, 1024);
    size_t at;
    for (size_t i = 0; i < countof(troubles); i++) {
        if (has_lower(text, troubles[i], 0, &at)) {
            return false;
        }
    }
    for (size_t i = 0; i < countof(longer); i++) {
        if (has_lower(text, longer[i], 0, &at)) {
            return false;
        }
    }
    for (size_t i = 0; i < countof(credential_words); i++) {
        const struct credential_word *word = &credential_words[i];
        size_t from = 0;
        while (has_lower(text, word->text, from, &at)) {
            if (!word->is_whole || is_whole_word(text, at, strlen(word->text))) {
                return true;
            }
            from = at + 1;
        }
    }
    return false;
}

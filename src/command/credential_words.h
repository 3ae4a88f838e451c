/* command/credential_words.h
 * Whether a text asks for credentials by name: what someone gives grep who looks for them.
 * No allocation; any thread. Only the first 1,024 bytes count.
 */
#ifndef COMMAND_CREDENTIAL_WORDS_H
#define COMMAND_CREDENTIAL_WORDS_H

#include "base/str.h"

bool names_credential(str text);

#endif

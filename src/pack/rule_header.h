/* pack/rule_header.h - the YAML header of a rule file, and what pack.yaml has in common with it. */
#ifndef PACK_RULE_HEADER_H
#define PACK_RULE_HEADER_H

#include "base/yaml_document.h"
#include "pack/pack.h"

struct yaml_levels {
    int64_t *informational, *low, *medium, *high, *critical;
};
extern const cyaml_schema_field_t yaml_level_fields[];
/* One line or paragraph of text. */
extern const cyaml_schema_value_t yaml_text_value;

enum { YAML_TEXT_BYTES = 10000, YAML_TEXTS = 100 };
#define YAML_OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

void rule_levels_read(const struct yaml_levels *yaml, struct pack_levels *levels);
/* `text` may be NULL; the copy has a NUL behind it. */
tocsin_status rule_copy_text(struct arena *arena, const char *text, str *ret, struct error *err);
tocsin_status rule_copy_texts(struct arena *arena, char *const *texts, unsigned count, struct pack_texts *ret,
                              struct error *err);

/* Whether the file begins with a header. */
bool rule_has_header(str text);
/* Fills the rule from the header of its text; `defaults` are levels of a rule that names none. */
tocsin_status rule_header_read(struct arena *arena, struct pack_rule *rule, const struct pack_levels *defaults,
                               struct error *err);

#endif

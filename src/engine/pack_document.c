/* The detection page of a pack, made of the pack's own files: as Markdown, or as one page of HTML. */
#include <errno.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "engine/engine_internal.h"
#include "finding/exceptions.h"
#include "output/html_text.h"

enum { FENCE_MAX = 32 };

struct document {
    struct tocsin_pack *pack;
    bool is_html;
    struct strbuf out;     /* all of it */
    struct strbuf section; /* Markdown of the section being made */
    struct error *err;
};

/* ---- Markdown ---------------------------------------------------------------------------------------------------- */

/* Plain text of a header: what Markdown would take for more is escaped, line ends become blanks. */
static void put_text(struct strbuf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("\\`*_[]<>&#|", *c)) {
            strbuf_append_char(out, '\\');
        }
        strbuf_append_char(out, *c == '\n' ? ' ' : *c);
    }
}

static void put_code(struct strbuf *out, const char *text)
{
    strbuf_append_char(out, '`');
    for (const char *c = text; *c; c++) {
        strbuf_append_char(out, *c == '`' || *c == '\n' ? ' ' : *c);
    }
    strbuf_append_char(out, '`');
}

/* A block in a fence that is longer than any in it. */
static void put_block(struct strbuf *out, const char *language, str text)
{
    size_t longest = 2;
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = text.data[i] == '`' ? run + 1 : 0;
        longest = run > longest && run < FENCE_MAX ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++) {
        strbuf_append_char(out, '`');
    }
    strbuf_append(out, str_from_cstring(language));
    strbuf_append_char(out, '\n');
    strbuf_append(out, text);
    strbuf_append(out, str_ends_with(text, STR("\n")) ? STR_EMPTY : STR("\n"));
    for (size_t i = 0; i <= longest; i++) {
        strbuf_append_char(out, '`');
    }
    strbuf_append(out, STR("\n\n"));
}

static void put_texts(struct strbuf *out, const char *label, const struct tocsin_texts *texts)
{
    if (texts->count == 0) {
        return;
    }
    strbuf_append_format(out, "* %s: ", label);
    for (size_t i = 0; i < texts->count; i++) {
        strbuf_append(out, i > 0 ? STR(", ") : STR_EMPTY);
        put_text(out, texts->items[i]);
    }
    strbuf_append_char(out, '\n');
}

static void put_list(struct strbuf *out, const char *title, const struct tocsin_texts *texts)
{
    if (texts->count == 0) {
        return;
    }
    strbuf_append_format(out, "**%s**\n\n", title);
    for (size_t i = 0; i < texts->count; i++) {
        strbuf_append(out, STR("* "));
        put_text(out, texts->items[i]);
        strbuf_append_char(out, '\n');
    }
    strbuf_append_char(out, '\n');
}

static bool is_address(const char *text)
{
    str address = str_from_cstring(text);
    return (str_starts_with(address, STR("https://")) || str_starts_with(address, STR("http://"))) &&
           !strpbrk(text, " <>\n\t");
}

static void put_links(struct strbuf *out, const struct tocsin_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        bool is_link = is_address(texts->items[i]);
        strbuf_append(out, is_link ? STR("* <") : STR("* "));
        if (is_link) {
            strbuf_append(out, str_from_cstring(texts->items[i]));
        } else {
            put_text(out, texts->items[i]);
        }
        strbuf_append(out, is_link ? STR(">\n") : STR("\n"));
    }
    strbuf_append(out, texts->count > 0 ? STR("\n") : STR_EMPTY);
}

/* A document of the pack, its headings `levels` deeper; what stands in fences is left alone. */
static void put_document(struct strbuf *out, str markdown, size_t levels)
{
    bool is_fenced = false;
    while (markdown.len > 0) {
        size_t end = str_find_char(markdown, '\n', 0);
        str line = str_slice(markdown, 0, end);
        is_fenced ^= str_starts_with(line, STR("```"));
        for (size_t i = 0; !is_fenced && line.len > 0 && line.data[0] == '#' && i < levels; i++) {
            strbuf_append_char(out, '#');
        }
        strbuf_append(out, line);
        strbuf_append_char(out, '\n');
        markdown = end == SIZE_MAX ? STR_EMPTY : str_skip(markdown, end + 1);
    }
    strbuf_append_char(out, '\n');
}

/* ---- sections ---------------------------------------------------------------------------------------------------- */

/* What is in the section goes out under that name. */
static tocsin_status end_section(struct document *document, str kind, str name)
{
    struct strbuf *out = &document->out;
    if (!document->is_html) {
        strbuf_append(out, strbuf_str(&document->section));
    } else {
        strbuf_append(out, STR("<section id=\""));
        html_name(out, kind);
        strbuf_append(out, name.len > 0 ? STR("-") : STR_EMPTY);
        html_name(out, name);
        strbuf_append(out, STR("\">\n"));
        if (document->section.is_failed || !html_markdown(out, strbuf_str(&document->section))) {
            return error_memory(document->err);
        }
        strbuf_append(out, STR("</section>\n"));
    }
    bool is_failed = out->is_failed || document->section.is_failed;
    strbuf_clear(&document->section);
    return is_failed ? error_memory(document->err) : TOCSIN_OK;
}

/* A file of the pack; empty if there is none. */
static tocsin_status read_file(struct document *document, const char *folder, const char *name, const char *ending,
                               str *ret_text)
{
    struct strbuf path;
    strbuf_init(&path, 4096);
    strbuf_append_format(&path, "%s%s%s", folder, name, ending);
    *ret_text = STR_EMPTY;
    tocsin_status status = path.is_failed ? error_memory(document->err)
                                          : pack_read(document->pack->pack, strbuf_str(&path), LIMIT_PACK_FILE_BYTES,
                                                      ret_text, NULL, document->err);
    strbuf_release(&path);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static tocsin_status put_head(struct document *document)
{
    const struct tocsin_pack_info *info = &document->pack->info;
    struct strbuf *out = &document->section;
    str technique = STR_EMPTY;
    strbuf_append(out, STR("# "));
    put_text(out, info->title[0] ? info->title : info->name);
    strbuf_append(out, STR("\n\n"));
    put_text(out, info->description);
    strbuf_append(out, STR("\n\n* pack: "));
    put_text(out, info->name);
    strbuf_append_char(out, ' ');
    put_text(out, info->version);
    strbuf_append_char(out, '\n');
    put_texts(out, "techniques", &info->techniques);
    strbuf_append_format(out, "* rules: %zu\n\n", document->pack->pack->rule_count);
    tocsin_status status = read_file(document, "", "technique", ".md", &technique);
    put_document(out, technique, 1);
    return status == TOCSIN_OK ? end_section(document, STR("technique"), STR_EMPTY) : status;
}

/* Behind the header and the blanks that follow it. */
static str query_of(const struct tocsin_rule *rule)
{
    str text = {rule->text, rule->text_bytes};
    size_t end = str_starts_with(text, STR("/* rule")) ? str_find(text, STR("*/"), 0) : SIZE_MAX;
    return end == SIZE_MAX ? text : str_trim(str_skip(text, end + 2));
}

static void put_rule_facts(struct strbuf *out, const struct tocsin_rule *rule)
{
    put_text(out, rule->description);
    strbuf_append(out, STR("\n\n* status: "));
    put_text(out, rule->status);
    if (strcmp(rule->status, "reference") == 0) {
        strbuf_append(out, STR(" (kept for comparison; runs only when asked for)"));
    }
    strbuf_append(out, STR("\n* level: "));
    put_text(out, rule->level);
    strbuf_append(out, STR(", unless the risk of the row says another\n"));
    if (rule->telemetry[0]) {
        strbuf_append(out, STR("* telemetry: "));
        put_text(out, rule->telemetry);
        strbuf_append_char(out, '\n');
    }
    put_texts(out, "tactics", &rule->tactics);
    put_texts(out, "techniques", &rule->techniques);
    put_texts(out, "data components", &rule->data_components);
    put_texts(out, "log source types", &rule->log_source_types);
    put_texts(out, "sees nothing without", &rule->required_fields);
    if (rule->group[0]) {
        strbuf_append(out, STR("* guide: "));
        put_text(out, rule->group);
        strbuf_append_char(out, '\n');
    }
    strbuf_append_char(out, '\n');
}

static tocsin_status put_rule(struct document *document, const struct tocsin_rule *rule)
{
    struct strbuf *out = &document->section;
    str plain = STR_EMPTY;
    strbuf_append(out, STR("### "));
    put_code(out, rule->id);
    strbuf_append_char(out, ' ');
    put_text(out, rule->title);
    strbuf_append(out, STR("\n\n"));
    put_rule_facts(out, rule);
    put_list(out, "False positives", &rule->false_positives);
    if (rule->tuning_count > 0) {
        strbuf_append(out, STR("**Tuning**\n\n"));
    }
    for (size_t i = 0; i < rule->tuning_count; i++) {
        strbuf_append(out, STR("* "));
        put_text(out, rule->tuning[i].knob);
        strbuf_append(out, STR(": "));
        put_text(out, rule->tuning[i].description);
        strbuf_append(out, i + 1 == rule->tuning_count ? STR("\n\n") : STR("\n"));
    }
    strbuf_append(out, STR("**AQL**\n\n"));
    put_block(out, "aql", query_of(rule));
    tocsin_status status = read_file(document, "qradar/", rule->id, ".aql", &plain);
    if (plain.len > 0) {
        strbuf_append(out, STR("**Plain AQL, for QRadar itself**\n\n"));
        put_block(out, "aql", plain);
    }
    if (rule->references.count > 0) {
        strbuf_append(out, STR("**References**\n\n"));
        put_links(out, &rule->references);
    }
    return status == TOCSIN_OK ? end_section(document, STR("rule"), str_from_cstring(rule->id)) : status;
}

static tocsin_status put_rules(struct document *document)
{
    strbuf_append(&document->section, STR("## Rules\n\n"));
    tocsin_status status = end_section(document, STR("rules"), STR_EMPTY);
    for (size_t i = 0; status == TOCSIN_OK && i < document->pack->pack->rule_count; i++) {
        status = put_rule(document, &document->pack->described[i]);
    }
    return status;
}

static tocsin_status put_exceptions(struct document *document)
{
    static const struct exceptions_options options = {.allows_missing_sets = true};
    struct exceptions *exceptions = NULL;
    str text = STR_EMPTY;
    tocsin_status status = read_file(document, "", "exceptions", ".yaml", &text);
    if (status != TOCSIN_OK || text.len == 0) {
        return status;
    }
    status = exceptions_create(NULL, NULL, &exceptions, document->err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = exceptions_load_text(exceptions, text, "exceptions.yaml", &options, document->err);
    struct strbuf *out = &document->section;
    strbuf_append(out, STR("## Set aside as harmless\n\n"));
    for (size_t i = 0; status == TOCSIN_OK && i < exceptions_count(exceptions); i++) {
        struct exception_info info;
        exceptions_get(exceptions, i, &info);
        strbuf_append(out, STR("* "));
        put_code(out, info.id.data);
        strbuf_append(out, STR(": "));
        put_text(out, info.reason.data);
        strbuf_append(out, STR(" (owner: "));
        put_text(out, info.owner.data);
        strbuf_append(out, STR(")\n"));
    }
    strbuf_append_char(out, '\n');
    exceptions_free(exceptions);
    return status == TOCSIN_OK ? end_section(document, STR("exceptions"), STR_EMPTY) : status;
}

static tocsin_status put_guides(struct document *document)
{
    struct pack_texts paths = {0};
    tocsin_status status = pack_list(document->pack->pack, STR("guides"), STR(".md"), &paths, document->err);
    if (status != TOCSIN_OK || paths.count == 0) {
        return status;
    }
    strbuf_append(&document->section, STR("## Guides\n\n"));
    status = end_section(document, STR("guides"), STR_EMPTY);
    for (size_t i = 0; status == TOCSIN_OK && i < paths.count; i++) {
        str text = STR_EMPTY;
        str name = str_slice(paths.items[i], strlen("guides/"), paths.items[i].len - strlen(".md"));
        if (str_eq(name, STR("README"))) {
            continue;
        }
        status = pack_read(document->pack->pack, paths.items[i], LIMIT_PACK_FILE_BYTES, &text, NULL, document->err);
        put_document(&document->section, text, 2);
        status = status == TOCSIN_OK ? end_section(document, STR("guide"), name) : status;
    }
    return status;
}

static tocsin_status put_references(struct document *document)
{
    if (document->pack->info.references.count == 0) {
        return TOCSIN_OK;
    }
    strbuf_append(&document->section, STR("## References\n\n"));
    put_links(&document->section, &document->pack->info.references);
    return end_section(document, STR("references"), STR_EMPTY);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* What the page holds, as links; Markdown has its headings for that. */
static void put_contents(struct document *document)
{
    struct strbuf *out = &document->out;
    strbuf_append(out, STR("<nav>\n<details open><summary>Rules</summary>\n<ul>\n"));
    for (size_t i = 0; i < document->pack->pack->rule_count; i++) {
        const struct tocsin_rule *rule = &document->pack->described[i];
        strbuf_append(out, STR("<li><a href=\"#rule-"));
        html_name(out, str_from_cstring(rule->id));
        strbuf_append(out, STR("\"><code>"));
        html_text(out, str_from_cstring(rule->id));
        strbuf_append(out, STR("</code></a> "));
        html_text(out, str_from_cstring(rule->title));
        strbuf_append(out, STR("</li>\n"));
    }
    strbuf_append(out, STR("</ul>\n</details>\n</nav>\n"));
}

static tocsin_status make_document(struct document *document)
{
    if (document->is_html) {
        const struct tocsin_pack_info *info = &document->pack->info;
        html_page_begin(&document->out, str_from_cstring(info->title[0] ? info->title : info->name));
        strbuf_append(&document->out, STR("<main>\n"));
    }
    tocsin_status status = put_head(document);
    if (status == TOCSIN_OK && document->is_html) {
        put_contents(document);
    }
    status = status == TOCSIN_OK ? put_rules(document) : status;
    status = status == TOCSIN_OK ? put_exceptions(document) : status;
    status = status == TOCSIN_OK ? put_guides(document) : status;
    status = status == TOCSIN_OK ? put_references(document) : status;
    if (status == TOCSIN_OK && document->is_html) {
        strbuf_append(&document->out, STR("</main>\n"));
        html_page_end(&document->out);
    }
    return status == TOCSIN_OK && document->out.is_failed ? error_memory(document->err) : status;
}

static tocsin_status write_document(const struct strbuf *out, tocsin_write *write, void *context, struct error *err)
{
    int failure = write(context, out->data ? out->data : "", out->len);
    if (failure == 0) {
        return TOCSIN_OK;
    }
    return failure == EPIPE ? error_set(err, TOCSIN_ERROR_CLOSED, "the reader of the output went away")
                            : error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the document");
}

tocsin_status tocsin_pack_document(tocsin_pack *pack, const char *output, tocsin_write *write, void *context,
                                   struct tocsin_error *err)
{
    struct error error = {0};
    struct document document = {.pack = pack, .is_html = strcmp(output, "html") == 0, .err = &error};
    tocsin_status status = TOCSIN_OK;
    if (!document.is_html && strcmp(output, "markdown") != 0) {
        status = error_set(&error, TOCSIN_ERROR_USAGE, "there is no output '%s' of a document", output);
        error_hint(&error, "outputs are markdown and html");
    }
    strbuf_init(&document.out, LIMIT_PACK_DOCUMENT_BYTES);
    strbuf_init(&document.section, LIMIT_PACK_DOCUMENT_BYTES);
    status = status == TOCSIN_OK ? make_document(&document) : status;
    status = status == TOCSIN_OK ? write_document(&document.out, write, context, &error) : status;
    strbuf_release(&document.out);
    strbuf_release(&document.section);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

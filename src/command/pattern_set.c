#include "command/pattern_set.h"

#include "command/command_pattern_internal.h"

enum { BIGRAM_WORDS = 4 };

/* The pairs of bytes that occur in a text, letters in lower case: each sets one of 256 bits. */
struct bigrams {
    uint64_t words[BIGRAM_WORDS];
};

struct command_path_fact {
    str path;
    bool is_recursive;
    bool is_plain; /* is what it says: no glob, no folder that stands for what it holds */
    struct bigrams bigrams;
};

/* A pattern under the hash of a tool that it begins with. */
struct tool_place {
    uint64_t hash;
    uint32_t pattern;
    bool is_taken;
};

struct command_pattern_set {
    enum command_pattern_kind kind;
    const struct command_pattern **items;
    uint32_t count;
    uint32_t excluding_count;
    str key;
    /* RUNS: patterns by the tools that they begin with. */
    struct tool_place *places;
    uint32_t place_mask;
    uint32_t *wild; /* patterns that begin with a glob: any tool may be theirs */
    uint32_t wild_count;
    /* READS: the pairs in each pattern's literal parts. */
    struct bigrams *bigrams;
    size_t glob_bytes;
};

/* ---- hashes ------------------------------------------------------------------------------------------------------ */

static uint64_t tool_hash(str tool)
{
    uint64_t hash = tool.len;
    for (size_t i = 0; i < tool.len; i++) {
        hash = (hash ^ (unsigned char)ascii_lower(tool.data[i])) * 0x100000001b3u;
    }
    return str_hash_mix(hash);
}

static void add_pair(struct bigrams *bigrams, char first, char second)
{
    unsigned bit = ((unsigned)(unsigned char)ascii_lower(first) * 37u + (unsigned char)ascii_lower(second)) & 255u;
    bigrams->words[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void add_pairs(struct bigrams *bigrams, str text)
{
    for (size_t i = 1; i < text.len; i++) {
        add_pair(bigrams, text.data[i - 1], text.data[i]);
    }
}

static bool has_all(const struct bigrams *of, const struct bigrams *wanted)
{
    uint64_t missing = 0;
    for (int i = 0; i < BIGRAM_WORDS; i++) {
        missing |= wanted->words[i] & ~of->words[i];
    }
    return missing == 0;
}

/* ---- compiling --------------------------------------------------------------------------------------------------- */

static bool is_wild(str tool)
{
    return str_find_char(tool, '*', 0) != SIZE_MAX || str_find_char(tool, '?', 0) != SIZE_MAX;
}

static void place_tool(struct command_pattern_set *set, str tool, uint32_t pattern)
{
    uint64_t hash = tool_hash(tool);
    uint32_t place = (uint32_t)hash & set->place_mask;
    while (set->places[place].is_taken) {
        place = (place + 1) & set->place_mask;
    }
    set->places[place] = (struct tool_place){hash, pattern, true};
}

static bool index_tools(struct arena *arena, struct command_pattern_set *set)
{
    uint32_t names = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        names += set->items[i]->parts[0].tools.count;
    }
    uint32_t places = 4;
    while (places < names * 2) {
        places *= 2;
    }
    set->place_mask = places - 1;
    set->places = arena_array(arena, struct tool_place, places);
    set->wild = arena_array(arena, uint32_t, set->count);
    if (!set->places || !set->wild) {
        return false;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        const struct str_list *tools = &set->items[i]->parts[0].tools;
        bool any_wild = false;
        for (uint32_t n = 0; n < tools->count; n++) {
            any_wild |= is_wild(tools->items[n]);
        }
        if (set->items[i]->is_excluding) {
            continue; /* asked only of what matches */
        }
        if (any_wild) {
            set->wild[set->wild_count++] = i;
            continue;
        }
        for (uint32_t n = 0; n < tools->count; n++) {
            place_tool(set, tools->items[n], i);
        }
    }
    return true;
}

/* What any plain path that matches holds: two bytes of the glob that stand side by side do so in the path. */
static bool index_paths(struct arena *arena, struct command_pattern_set *set)
{
    set->bigrams = arena_array(arena, struct bigrams, set->count);
    for (uint32_t i = 0; set->bigrams && i < set->count; i++) {
        str glob = set->items[i]->path;
        set->glob_bytes += glob.len;
        for (size_t at = 1; at < glob.len; at++) {
            char first = glob.data[at - 1];
            char second = glob.data[at];
            if (first != '*' && first != '?' && second != '*' && second != '?') {
                add_pair(&set->bigrams[i], first, second);
            }
        }
    }
    return set->bigrams != NULL;
}

static bool make_key(struct arena *arena, struct command_pattern_set *set, const str *texts, uint32_t count)
{
    size_t len = 1;
    for (uint32_t i = 0; i < count; i++) {
        len += texts[i].len + sizeof(texts[i].len);
    }
    char *key = arena_allocate(arena, len, 1);
    if (!key) {
        return false;
    }
    set->key = str_from(key, len);
    *key++ = (char)('0' + set->kind);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(key, &texts[i].len, sizeof(texts[i].len));
        key += sizeof(texts[i].len);
        if (texts[i].len) {
            memcpy(key, texts[i].data, texts[i].len);
        }
        key += texts[i].len;
    }
    return true;
}

tocsin_status command_pattern_set_compile(struct arena *arena, enum command_pattern_kind kind, const str *texts,
                                          uint32_t count, const struct command_pattern_set **ret, struct error *err)
{
    struct command_pattern_set *set = arena_new(arena, struct command_pattern_set);
    if (!set) {
        return error_memory(err);
    }
    set->kind = kind;
    set->items = arena_array(arena, const struct command_pattern *, count);
    if (!set->items) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < count; i++) {
        tocsin_status status = command_pattern_compile(arena, kind, texts[i], &set->items[i], err);
        if (status != TOCSIN_OK) {
            return status;
        }
        set->excluding_count += set->items[i]->is_excluding;
        set->count++;
    }
    bool is_good = make_key(arena, set, texts, count);
    is_good = is_good && (kind != COMMAND_PATTERN_RUNS || index_tools(arena, set));
    is_good = is_good && (kind != COMMAND_PATTERN_READS || index_paths(arena, set));
    if (!is_good) {
        return error_memory(err);
    }
    *ret = set;
    return TOCSIN_OK;
}

str command_pattern_set_key(const struct command_pattern_set *set)
{
    return set->key;
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static bool is_excluded(const struct command_pattern_set *set, const struct subject *subject)
{
    for (uint32_t i = 0; set->excluding_count > 0 && i < set->count; i++) {
        if (set->items[i]->is_excluding && pattern_matches(set->items[i], subject)) {
            return true;
        }
    }
    return false;
}

static bool work_out_tools(struct command_facts *facts, struct arena *arena)
{
    if (!facts->tools) {
        facts->tools = arena_array(arena, uint64_t, facts->line.count);
        for (uint32_t i = 0; facts->tools && i < facts->line.count; i++) {
            facts->tools[i] = tool_hash(facts->line.commands[i].tool);
        }
    }
    return facts->tools != NULL;
}

/* A pattern of several parts needs a command whose output goes into another. */
static bool feeds_if_needed(const struct command_pattern *pattern, const struct simple_command *command)
{
    return pattern->part_count == 1 || command->feeds.from < command->feeds.to;
}

static bool runs_match(const struct command_pattern_set *set, const struct subject *subject, uint64_t hash)
{
    for (uint32_t place = (uint32_t)hash & set->place_mask; set->places[place].is_taken;
         place = (place + 1) & set->place_mask) {
        const struct command_pattern *pattern = set->items[set->places[place].pattern];
        if (set->places[place].hash == hash && feeds_if_needed(pattern, subject->command) &&
            pattern_matches(pattern, subject)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < set->wild_count; i++) {
        const struct command_pattern *pattern = set->items[set->wild[i]];
        if (feeds_if_needed(pattern, subject->command) && pattern_matches(pattern, subject)) {
            return true;
        }
    }
    return false;
}

static bool any_runs(const struct command_pattern_set *set, const struct command_facts *facts)
{
    for (uint32_t i = 0; i < facts->line.count; i++) {
        struct subject subject = {.line = &facts->line, .command = &facts->line.commands[i]};
        if (runs_match(set, &subject, facts->tools[i]) && !is_excluded(set, &subject)) {
            return true;
        }
    }
    return false;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static bool add_paths(struct command_facts *facts, const struct path_list *list, struct arena *arena,
                      uint32_t *capacity)
{
    if (facts->path_count + list->paths.count > *capacity) {
        uint32_t larger = (facts->path_count + list->paths.count) * 2;
        struct command_path_fact *paths = arena_array(arena, struct command_path_fact, larger);
        if (!paths) {
            return false;
        }
        if (facts->path_count) {
            memcpy(paths, facts->paths, facts->path_count * sizeof(*paths));
        }
        facts->paths = paths;
        *capacity = larger;
    }
    for (uint32_t i = 0; i < list->paths.count; i++) {
        struct command_path_fact *fact = &facts->paths[facts->path_count++];
        fact->path = list->paths.items[i];
        fact->is_recursive = list->is_recursive;
        fact->is_plain = !list->is_recursive && !has_glob(fact->path);
        add_pairs(&fact->bigrams, fact->path);
        facts->path_bytes += fact->path.len;
    }
    return true;
}

/* The files that all commands of the line read, once for all sets. False if there is no room for them. */
static bool work_out_paths(struct command_facts *facts, struct arena *arena)
{
    struct command_reader reader;
    uint32_t capacity = 0;
    if (facts->has_paths) {
        return true;
    }
    command_reader_init(&reader, arena);
    facts->path_count = 0;
    facts->path_bytes = 0;
    for (uint32_t i = 0; i < facts->line.count; i++) {
        struct path_list list;
        command_list_reads(&reader, &facts->line.commands[i], &list);
        if (!add_paths(facts, &list, arena, &capacity)) {
            return false;
        }
    }
    facts->has_paths = !reader.is_out_of_memory && !arena->is_over_limit;
    return facts->has_paths;
}

static bool path_could_match(const struct command_pattern_set *set, uint32_t pattern,
                             const struct command_path_fact *path)
{
    return !set->items[pattern]->is_excluding && (!path->is_plain || has_all(&path->bigrams, &set->bigrams[pattern]));
}

/* What is not compared is not counted as work, either: nothing may be left out where the work could run out. A path is
   compared up to three times, see path_matches. */
static bool has_work_for_all(const struct command_pattern_set *set, const struct command_facts *facts)
{
    return facts->path_bytes <= LIMIT_COMMAND_GLOB_WORK / 3 / (set->glob_bytes + 1);
}

static bool any_reads(const struct command_pattern_set *set, const struct command_facts *facts)
{
    size_t work = LIMIT_COMMAND_GLOB_WORK;
    bool compares_all = !has_work_for_all(set, facts);
    for (uint32_t i = 0; i < facts->path_count; i++) {
        const struct command_path_fact *path = &facts->paths[i];
        struct subject subject = {
            .line = &facts->line, .path = path->path, .is_recursive = path->is_recursive, .work = &work};
        bool matches = false;
        for (uint32_t n = 0; n < set->count && !matches; n++) {
            bool could_match = compares_all ? !set->items[n]->is_excluding : path_could_match(set, n, path);
            matches = could_match && pattern_matches(set->items[n], &subject);
        }
        if (matches && !is_excluded(set, &subject)) {
            return true;
        }
    }
    return false;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static bool work_out_requests(struct command_facts *facts, struct arena *arena)
{
    struct command_reader reader;
    uint32_t capacity = 0;
    if (facts->has_requests) {
        return true;
    }
    command_reader_init(&reader, arena);
    facts->request_count = 0;
    for (uint32_t i = 0; i < facts->line.count; i++) {
        struct request_list list;
        command_list_requests(&reader, &facts->line.commands[i], &list);
        if (facts->request_count + list.count > capacity) {
            capacity = (facts->request_count + list.count) * 2;
            struct command_request *requests = arena_array(arena, struct command_request, capacity);
            if (!requests) {
                return false;
            }
            if (facts->request_count) {
                memcpy(requests, facts->requests, facts->request_count * sizeof(*requests));
            }
            facts->requests = requests;
        }
        if (list.count) {
            memcpy(facts->requests + facts->request_count, list.items, list.count * sizeof(*list.items));
        }
        facts->request_count += list.count;
    }
    facts->has_requests = !reader.is_out_of_memory && !arena->is_over_limit;
    return facts->has_requests;
}

static bool any_requests(const struct command_pattern_set *set, const struct command_facts *facts)
{
    for (uint32_t i = 0; i < facts->request_count; i++) {
        struct subject subject = {.line = &facts->line, .request = &facts->requests[i]};
        bool matches = false;
        for (uint32_t n = 0; n < set->count && !matches; n++) {
            matches = !set->items[n]->is_excluding && pattern_matches(set->items[n], &subject);
        }
        if (matches && !is_excluded(set, &subject)) {
            return true;
        }
    }
    return false;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

bool command_pattern_set_matches(const struct command_pattern_set *set, struct command_facts *facts,
                                 struct arena *arena, struct arena *scratch)
{
    if (set->count == set->excluding_count || facts->line.count == 0) {
        return false;
    }
    switch (set->kind) {
    case COMMAND_PATTERN_RUNS:
        if (work_out_tools(facts, arena)) {
            return any_runs(set, facts);
        }
        break;
    case COMMAND_PATTERN_READS:
        if (work_out_paths(facts, arena)) {
            return any_reads(set, facts);
        }
        break;
    case COMMAND_PATTERN_REQUESTS:
        if (work_out_requests(facts, arena)) {
            return any_requests(set, facts);
        }
        break;
    }
    return command_patterns_match(set->items, set->count, scratch, &facts->line);
}

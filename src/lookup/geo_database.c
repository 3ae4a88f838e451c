#include "lookup/geo_database.h"

#include <math.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include "base/json_writer.h"
#include "base/late_library.h"
#include "base/memory.h"
#include "lookup/lookup.h"

/* The Earth's mean radius (IUGG). */
#define EARTH_RADIUS_KM 6371.0088

/* Records of real databases are nested five deep. */
enum { RECORD_DEPTH_MAX = 16 };

/* Loaded with the first database: most runs have none. */
static struct {
    __typeof__(MMDB_open) *open;
    __typeof__(MMDB_close) *close;
    __typeof__(MMDB_strerror) *strerror;
    __typeof__(MMDB_lookup_sockaddr) *lookup_sockaddr;
    __typeof__(MMDB_aget_value) *aget_value;
    __typeof__(MMDB_get_entry_data_list) *get_entry_data_list;
    __typeof__(MMDB_free_entry_data_list) *free_entry_data_list;
} mmdb;
static const struct late_function mmdb_functions[] = {
    {LATE_NAME(MMDB_open), LATE_FUNCTION(mmdb.open)},
    {LATE_NAME(MMDB_close), LATE_FUNCTION(mmdb.close)},
    {LATE_NAME(MMDB_strerror), LATE_FUNCTION(mmdb.strerror)},
    {LATE_NAME(MMDB_lookup_sockaddr), LATE_FUNCTION(mmdb.lookup_sockaddr)},
    {LATE_NAME(MMDB_aget_value), LATE_FUNCTION(mmdb.aget_value)},
    {LATE_NAME(MMDB_get_entry_data_list), LATE_FUNCTION(mmdb.get_entry_data_list)},
    {LATE_NAME(MMDB_free_entry_data_list), LATE_FUNCTION(mmdb.free_entry_data_list)},
};
#define MMDB_FILE "libmaxminddb.so.0"
static struct late_library mmdb_library = LATE_LIBRARY(MMDB_FILE, mmdb_functions);

struct geo_database {
    MMDB_s file;
    bool is_open;
};

tocsin_status geo_database_create(struct geo_database **ret_database, struct error *err)
{
    struct geo_database *database = memory_allocate_zeroed(1, sizeof(*database));
    if (!database) {
        return error_memory(err);
    }
    *ret_database = database;
    return TOCSIN_OK;
}

void geo_database_free(struct geo_database *database)
{
    if (database) {
        if (database->is_open) {
            mmdb.close(&database->file);
        }
        memory_free(database);
    }
}

tocsin_status geo_database_load_file(struct geo_database *database, const char *path, struct error *err)
{
    if (!late_library_load(&mmdb_library)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'%s' needs " MMDB_FILE ", which cannot be loaded", path);
        error_hint(err, "install it (Debian: libmaxminddb0), or take the database out of the configuration");
        return TOCSIN_ERROR_CONFIG;
    }
    int failure = mmdb.open(path, MMDB_MODE_MMAP, &database->file);
    if (failure == MMDB_OUT_OF_MEMORY_ERROR) {
        return error_memory(err);
    }
    if (failure != MMDB_SUCCESS) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'%s' cannot be read as a database in MaxMind's format: %s", path,
                  mmdb.strerror(failure));
        error_hint(err, "a whole file GeoLite2-City.mmdb or one like it is expected");
        error_position(err, path, STR_EMPTY, 0);
        return TOCSIN_ERROR_CONFIG;
    }
    database->is_open = true;
    return TOCSIN_OK;
}

tocsin_status geo_database_load_folder(struct geo_database *database, const char *folder_path, bool *ret_is_loaded,
                                       struct error *err)
{
    static const char *const names[] = {"geo.mmdb", "GeoLite2-City.mmdb", "GeoIP2-City.mmdb", "GeoLite2-Country.mmdb"};
    char path[PATH_MAX];
    for (size_t i = 0; i < countof(names); i++) {
        if (lookup_folder_has(folder_path, names[i], path)) {
            *ret_is_loaded = true;
            return geo_database_load_file(database, path, err);
        }
    }
    return TOCSIN_OK;
}

/* ---- names ---- */

struct geo_name {
    const char *name;
    const char *key;
};

#define GEO_NAME(symbol, name, key) {(name), (key)},
static const struct geo_name text_names[] = {GEO_TEXT_LIST(GEO_NAME)};
static const struct geo_name field_names[] = {GEO_FIELD_LIST(GEO_NAME)};
#undef GEO_NAME

static size_t find_name(const struct geo_name *names, size_t count, str name)
{
    size_t at = 0;
    while (at < count && !str_eq_ignore_case(str_from_cstring(names[at].name), name)) {
        at++;
    }
    return at;
}

enum geo_text geo_text_find(str name)
{
    return (enum geo_text)find_name(text_names, countof(text_names), name);
}

enum geo_field geo_field_find(str name)
{
    return (enum geo_field)find_name(field_names, countof(field_names), name);
}

/* ---- records ---- */

static bool find_record(const struct geo_database *database, const struct ip *ip, MMDB_entry_s *ret_entry)
{
    if (!database->is_open) {
        return false;
    }
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    memcpy(&v4.sin_addr, ip->bytes + 12, 4);
    memcpy(&v6.sin6_addr, ip->bytes, sizeof(ip->bytes));
    const struct sockaddr *address = ip_is_v4(ip) ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    int failure;
    MMDB_lookup_result_s result = mmdb.lookup_sockaddr(&database->file, address, &failure);
    if (failure != MMDB_SUCCESS || !result.found_entry) {
        return false;
    }
    *ret_entry = result.entry;
    return true;
}

bool geo_find_text(const struct geo_database *database, const struct ip *ip, enum geo_text text, str *ret_text)
{
    MMDB_entry_s entry;
    MMDB_entry_data_s data;
    const char *const path[] = {text_names[text].key, "names", "en", NULL};
    if (!find_record(database, ip, &entry) || mmdb.aget_value(&entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING) {
        return false;
    }
    *ret_text = str_from(data.utf8_string, data.data_size);
    return true;
}

static bool find_degrees(MMDB_entry_s *entry, const char *key, double *ret)
{
    MMDB_entry_data_s data;
    const char *const path[] = {"location", key, NULL};
    if (mmdb.aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_DOUBLE ||
        !isfinite(data.double_value)) {
        return false;
    }
    *ret = data.double_value;
    return true;
}

bool geo_find_point(const struct geo_database *database, const struct ip *ip, struct geo_point *ret_point)
{
    MMDB_entry_s entry;
    return find_record(database, ip, &entry) && find_degrees(&entry, "latitude", &ret_point->latitude) &&
           find_degrees(&entry, "longitude", &ret_point->longitude);
}

double geo_distance(const struct geo_point *a, const struct geo_point *b)
{
    /* Haversine: exact for near points, too. */
    double radians = M_PI / 180.0;
    double half_height = sin((b->latitude - a->latitude) * radians / 2);
    double half_width = sin((b->longitude - a->longitude) * radians / 2);
    double square =
        half_height * half_height + cos(a->latitude * radians) * cos(b->latitude * radians) * half_width * half_width;
    return 2 * EARTH_RADIUS_KM * asin(sqrt(fmax(0.0, fmin(1.0, square))));
}

/* ---- records as JSON ---- */

typedef MMDB_entry_data_list_s data_list;

static str text_of(const MMDB_entry_data_s *data)
{
    return str_from(data->utf8_string, data->data_size);
}

static void append_number(struct json_writer *json, const MMDB_entry_data_s *data)
{
    switch (data->type) {
    case MMDB_DATA_TYPE_UINT16:
        json_u64(json, data->uint16);
        break;
    case MMDB_DATA_TYPE_UINT32:
        json_u64(json, data->uint32);
        break;
    case MMDB_DATA_TYPE_INT32:
        json_i64(json, data->int32);
        break;
    case MMDB_DATA_TYPE_UINT64:
        json_u64(json, data->uint64);
        break;
    case MMDB_DATA_TYPE_DOUBLE:
        json_double(json, data->double_value);
        break;
    case MMDB_DATA_TYPE_FLOAT:
        json_double(json, (double)data->float_value);
        break;
    case MMDB_DATA_TYPE_BOOLEAN:
        json_bool(json, data->boolean);
        break;
    default: /* 128 bits: no database of places has them */
        json_null(json);
        break;
    }
}

/* Behind a value that is not wanted. */
static const data_list *skip_value(const data_list *at)
{
    uint64_t left = 1;
    for (; at && left > 0; at = at->next) {
        left--;
        if (at->entry_data.type == MMDB_DATA_TYPE_MAP) {
            left += 2 * (uint64_t)at->entry_data.data_size;
        } else if (at->entry_data.type == MMDB_DATA_TYPE_ARRAY) {
            left += at->entry_data.data_size;
        }
    }
    return at;
}

static bool is_key(const data_list *at, const char *key)
{
    return at && at->entry_data.type == MMDB_DATA_TYPE_UTF8_STRING &&
           str_eq(text_of(&at->entry_data), str_from_cstring(key));
}

static const data_list *append_value(struct json_writer *json, const data_list *at, int depth);

/* `has_english_only`: of the members only "en". */
static const data_list *append_map(struct json_writer *json, const data_list *at, bool has_english_only, int depth)
{
    uint32_t count = at->entry_data.data_size;
    json_begin_object(json);
    at = at->next;
    for (uint32_t i = 0; at && i < count; i++) {
        bool is_wanted = at->entry_data.type == MMDB_DATA_TYPE_UTF8_STRING && (!has_english_only || is_key(at, "en"));
        if (!is_wanted || !at->next) {
            at = skip_value(at->next);
            continue;
        }
        bool are_names = is_key(at, "names") && at->next->entry_data.type == MMDB_DATA_TYPE_MAP;
        json_key(json, text_of(&at->entry_data));
        at = are_names && depth > 0 ? append_map(json, at->next, true, depth - 1)
                                    : append_value(json, at->next, depth - 1);
    }
    json_end_object(json);
    return at;
}

static const data_list *append_value(struct json_writer *json, const data_list *at, int depth)
{
    const MMDB_entry_data_s *data = &at->entry_data;
    bool is_nested = data->type == MMDB_DATA_TYPE_MAP || data->type == MMDB_DATA_TYPE_ARRAY;
    if (is_nested && depth <= 0) {
        json_null(json);
        return skip_value(at);
    }
    switch (data->type) {
    case MMDB_DATA_TYPE_MAP:
        return append_map(json, at, false, depth);
    case MMDB_DATA_TYPE_ARRAY: {
        uint32_t count = data->data_size;
        json_begin_array(json);
        at = at->next;
        for (uint32_t i = 0; at && i < count; i++) {
            at = append_value(json, at, depth - 1);
        }
        json_end_array(json);
        return at;
    }
    case MMDB_DATA_TYPE_UTF8_STRING:
        json_string(json, text_of(data));
        break;
    case MMDB_DATA_TYPE_BYTES:
        json_base64(json, str_from((const char *)data->bytes, data->data_size));
        break;
    default:
        append_number(json, data);
        break;
    }
    return at->next;
}

static const data_list *find_member(const data_list *record, const char *key)
{
    if (!record || record->entry_data.type != MMDB_DATA_TYPE_MAP) {
        return NULL;
    }
    uint32_t count = record->entry_data.data_size;
    const data_list *at = record->next;
    for (uint32_t i = 0; at && i < count; i++) {
        if (is_key(at, key)) {
            return at->next;
        }
        at = skip_value(at->next);
    }
    return NULL;
}

static void append_point(struct json_writer *json, const struct geo_point *point)
{
    json_begin_object(json);
    json_key(json, STR("type"));
    json_string(json, STR("Point"));
    json_key(json, STR("coordinates"));
    json_begin_array(json);
    json_double(json, point->longitude); /* GeoJSON's order */
    json_double(json, point->latitude);
    json_end_array(json);
    json_end_object(json);
}

/* True if there is such a field. */
static bool append_field(struct json_writer *json, MMDB_entry_s *entry, const data_list *record, enum geo_field field)
{
    struct geo_point point;
    if (field == GEO_GEO_JSON) {
        if (!find_degrees(entry, "latitude", &point.latitude) || !find_degrees(entry, "longitude", &point.longitude)) {
            return false;
        }
        json_key(json, str_from_cstring(field_names[field].name));
        append_point(json, &point);
        return true;
    }
    const data_list *value = find_member(record, field_names[field].key);
    if (!value) {
        return false;
    }
    json_key(json, str_from_cstring(field_names[field].name));
    (void)append_value(json, value, RECORD_DEPTH_MAX);
    return true;
}

bool geo_append_json(const struct geo_database *database, const struct ip *ip, uint32_t fields, struct strbuf *text)
{
    MMDB_entry_s entry;
    data_list *record = NULL;
    if (!find_record(database, ip, &entry)) {
        return false;
    }
    if (mmdb.get_entry_data_list(&entry, &record) != MMDB_SUCCESS) {
        mmdb.free_entry_data_list(record);
        return false;
    }
    size_t begin = text->len;
    bool is_there = false;
    struct json_writer json;
    json_writer_init(&json, text, false);
    json_begin_object(&json);
    for (enum geo_field field = 0; field < GEO_FIELD_COUNT; field++) {
        is_there = ((fields >> field & 1) != 0 && append_field(&json, &entry, record, field)) || is_there;
    }
    json_end_object(&json);
    mmdb.free_entry_data_list(record);
    if (!is_there) {
        text->len = begin;
    }
    return is_there;
}

/* lookup/geo_database.h
 * Where in the world an address is, from a database in MaxMind's format that the user has: geo.mmdb,
 * GeoLite2-City.mmdb, GeoIP2-City.mmdb or GeoLite2-Country.mmdb in the configuration folder, whichever is there first.
 * Memory: the file is mapped; texts are views into it. Threads: any may search once loaded.
 */
#ifndef LOOKUP_GEO_DATABASE_H
#define LOOKUP_GEO_DATABASE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "column/value.h"

struct geo_database;

tocsin_status geo_database_create(struct geo_database **ret_database, struct error *err)
    __attribute__((warn_unused_result));
void geo_database_free(struct geo_database *database);

tocsin_status geo_database_load_folder(struct geo_database *database, const char *folder_path, bool *ret_is_loaded,
                                       struct error *err) __attribute__((warn_unused_result));
/* At most once. */
tocsin_status geo_database_load_file(struct geo_database *database, const char *path, struct error *err)
    __attribute__((warn_unused_result));

/* What GEO::LOOKUP_TEXT can be asked for. X(symbol, name in a query, key in the database) */
#define GEO_TEXT_LIST(X)                                                                                               \
    X(GEO_COUNTRY_NAME, "country_name", "country")                                                                     \
    X(GEO_CITY_NAME, "city_name", "city")                                                                              \
    X(GEO_CONTINENT_NAME, "continent_name", "continent")

/* What GEO::LOOKUP can be asked for, in the order in which it is given. */
#define GEO_FIELD_LIST(X)                                                                                              \
    X(GEO_CITY, "city", "city")                                                                                        \
    X(GEO_CONTINENT, "continent", "continent")                                                                         \
    X(GEO_PHYSICAL_COUNTRY, "physical_country", "country")                                                             \
    X(GEO_REGISTERED_COUNTRY, "registered_country", "registered_country")                                              \
    X(GEO_REPRESENTED_COUNTRY, "represented_country", "represented_country")                                           \
    X(GEO_LOCATION, "location", "location")                                                                            \
    X(GEO_POSTAL, "postal", "postal")                                                                                  \
    X(GEO_SUBDIVISIONS, "subdivisions", "subdivisions")                                                                \
    X(GEO_TRAITS, "traits", "traits")                                                                                  \
    X(GEO_GEO_JSON, "geo_json", NULL) /* a point, made from the location */

#define GEO_ENUM(symbol, name, key) symbol,
enum geo_text { GEO_TEXT_LIST(GEO_ENUM) GEO_TEXT_COUNT };
enum geo_field { GEO_FIELD_LIST(GEO_ENUM) GEO_FIELD_COUNT };
#undef GEO_ENUM

/* By name, ignoring case; the COUNT if there is none. */
enum geo_text geo_text_find(str name);
enum geo_field geo_field_find(str name);

/* The English name. False if the database has none, and if there is no database. */
bool geo_find_text(const struct geo_database *database, const struct ip *ip, enum geo_text text, str *ret_text);

/* A JSON object with the fields whose bits (1 << field) are set, appended; of names in several languages the English
 * ones. False, and nothing, if none of them is there. `is_failed` of the buffer tells that memory was out. */
bool geo_append_json(const struct geo_database *database, const struct ip *ip, uint32_t fields, struct strbuf *json);

struct geo_point {
    double latitude;
    double longitude;
};

bool geo_find_point(const struct geo_database *database, const struct ip *ip, struct geo_point *ret_point);
/* On the great circle of a sphere, in kilometres. */
double geo_distance(const struct geo_point *a, const struct geo_point *b);

#endif

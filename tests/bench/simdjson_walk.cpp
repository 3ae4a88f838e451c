// simdjson_walk.cpp - the JSON peer of the benchmark: simdjson takes some fifteen fields out of every Kubernetes audit
// event of a file.
//
//     simdjson_walk FILE [dom]
//
// On demand, what nobody asks for is skipped without a look; with "dom" all of the text is parsed and validated first.
// Prints events, secrets read by people, bytes of all fields (so that nothing is optimised away), and CPU and wall time
// of the parsing alone: the file is in memory already.
#include <simdjson.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace {

struct totals {
    uint64_t events = 0;
    uint64_t secrets = 0;
    uint64_t bytes = 0;
};

double seconds(clockid_t clock)
{
    timespec now;
    clock_gettime(clock, &now);
    return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

// Members are asked for in the order in which API servers write them, which is what this parser is fastest at.
template <typename Object> std::string_view text(Object &object, const char *name, totals &totals)
{
    std::string_view value;
    if (object[name].get_string().get(value) != simdjson::SUCCESS) {
        return {};
    }
    totals.bytes += value.size();
    return value;
}

template <typename Object, typename Array> void read_event(Object event, totals &totals)
{
    totals.events++;
    text(event, "level", totals);
    text(event, "auditID", totals);
    text(event, "stage", totals);
    text(event, "requestURI", totals);
    std::string_view verb = text(event, "verb", totals);
    Object object;
    std::string_view user;
    if (event["user"].get_object().get(object) == simdjson::SUCCESS) {
        user = text(object, "username", totals);
        Array groups;
        if (object["groups"].get_array().get(groups) == simdjson::SUCCESS) {
            for (auto group : groups) {
                totals.bytes += std::string_view(group.get_string()).size();
            }
        }
    }
    Array addresses;
    if (event["sourceIPs"].get_array().get(addresses) == simdjson::SUCCESS) {
        for (auto address : addresses) {
            totals.bytes += std::string_view(address.get_string()).size();
        }
    }
    text(event, "userAgent", totals);
    std::string_view resource;
    if (event["objectRef"].get_object().get(object) == simdjson::SUCCESS) {
        resource = text(object, "resource", totals);
        text(object, "namespace", totals);
        text(object, "name", totals);
    }
    if (event["responseStatus"].get_object().get(object) == simdjson::SUCCESS) {
        int64_t code;
        totals.bytes += object["code"].get_int64().get(code) == simdjson::SUCCESS && code > 0;
    }
    text(event, "requestReceivedTimestamp", totals);
    text(event, "stageTimestamp", totals);
    if (event["annotations"].get_object().get(object) == simdjson::SUCCESS) {
        text(object, "authorization.k8s.io/decision", totals);
    }
    bool is_human = user.size() > 12 && user.substr(user.size() - 12) == "@example.com";
    totals.secrets += resource == "secrets" && (verb == "get" || verb == "list") && is_human;
}

bool walk_on_demand(const simdjson::padded_string &file, totals &totals)
{
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document_stream stream;
    if (parser.iterate_many(file).get(stream) != simdjson::SUCCESS) {
        return false;
    }
    for (auto document : stream) {
        simdjson::ondemand::object event;
        if (document.get_object().get(event) == simdjson::SUCCESS) {
            read_event<simdjson::ondemand::object, simdjson::ondemand::array>(event, totals);
        }
    }
    return true;
}

bool walk_dom(const simdjson::padded_string &file, totals &totals)
{
    simdjson::dom::parser parser;
    simdjson::dom::document_stream stream;
    if (parser.parse_many(file).get(stream) != simdjson::SUCCESS) {
        return false;
    }
    for (auto document : stream) {
        simdjson::dom::object event;
        if (document.get_object().get(event) == simdjson::SUCCESS) {
            read_event<simdjson::dom::object, simdjson::dom::array>(event, totals);
        }
    }
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    bool is_dom = argc == 3 && std::string_view(argv[2]) == "dom";
    if (argc != 2 && !is_dom) {
        std::fputs("usage: simdjson_walk FILE [dom]\n", stderr);
        return 2;
    }
    auto loaded = simdjson::padded_string::load(argv[1]);
    if (loaded.error() != simdjson::SUCCESS) {
        std::fprintf(stderr, "simdjson_walk: %s: %s\n", argv[1], simdjson::error_message(loaded.error()));
        return 1;
    }
    simdjson::padded_string file = std::move(loaded).value();
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double wall = seconds(CLOCK_MONOTONIC);
    totals totals;
    if (!(is_dom ? walk_dom : walk_on_demand)(file, totals)) {
        return 1;
    }
    std::printf("events=%llu secrets=%llu bytes=%llu cpu=%.6f wall=%.6f\n", (unsigned long long)totals.events,
                (unsigned long long)totals.secrets, (unsigned long long)totals.bytes,
                seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - wall);
    return 0;
}

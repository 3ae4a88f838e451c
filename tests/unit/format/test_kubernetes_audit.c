#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "format/log_reader.h"
#include "format/row_writer_internal.h"

extern const struct format_def format_kubernetes_audit;
#define DEF (&format_kubernetes_audit)

#define CORPUS TOCSIN_SOURCE_ROOT "/../shared/corpus/"

struct world {
    struct schema *schema;
    struct log_source_table *log_sources;
    struct field_set wanted;
    struct format_context context;
    struct row_writer *writer;
    void *state;
    struct batch *batch;
    char *text; /* the line, in a block of exactly its size; rows point into it */
};

static void world_open(struct world *world)
{
    struct error err;
    *world = (struct world){0};
    assert_int_equal(schema_create(&world->schema, &err), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&world->log_sources, &err), TOCSIN_OK);
    for (size_t i = 0; i < DEF->field_count; i++) {
        field_id field = schema_find(world->schema, str_from_cstring(DEF->fields[i].name));
        if (field == FIELD_NONE) {
            assert_int_equal(schema_add_property(world->schema, str_from_cstring(DEF->fields[i].name),
                                                 DEF->fields[i].type, str_from_cstring(DEF->fields[i].description),
                                                 &field, &err),
                             TOCSIN_OK);
        }
    }
    for (size_t i = 0; i < DEF->event_name_count; i++) {
        const struct format_event_name *name = &DEF->event_names[i];
        struct event_name added = {name->qid, str_from_cstring(name->name), name->category, name->severity};
        assert_int_equal(log_source_table_add_event_name(world->log_sources, &added, &err), TOCSIN_OK);
    }
    for (size_t i = 0; i < schema_field_count(world->schema); i++) {
        field_set_add(&world->wanted, (field_id)i);
    }
    world->context =
        (struct format_context){.schema = world->schema, .wanted = &world->wanted, .log_sources = world->log_sources};
    assert_int_equal(row_writer_create(&world->context, INT64_C(1800000000000), &world->writer, &err), TOCSIN_OK);
    assert_int_equal(DEF->open(&world->context, &world->state, &err), TOCSIN_OK);
}

static void world_close(struct world *world)
{
    DEF->close(world->state);
    row_writer_free(world->writer);
    log_source_table_free(world->log_sources);
    schema_free(world->schema);
    memory_free(world->text);
}

/* The tests write ' for ", so that JSON stays readable. The block has exactly the text's size. */
static str unquote(str text)
{
    char *copy = memory_allocate(text.len ? text.len : 1);
    assert_non_null(copy);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.data[i] == '\'' ? '"' : text.data[i];
    }
    return (str){copy, text.len};
}

/* Parses one line; gives the number of its rows. */
static uint32_t parse_framed(struct world *world, str text, const struct log_frame *frame)
{
    struct error err;
    row_writer_recycle(world->writer);
    memory_free(world->text);
    str copy = unquote(text);
    world->text = (char *)(uintptr_t)copy.data;
    struct log_line line = {.text = copy, .raw = copy, .line = 7, .line_count = 1};
    if (frame) {
        line.frame = *frame;
    }
    tocsin_status status = DEF->parse_line(world->state, &line, world->writer, &err);
    if (status == TOCSIN_END) { /* handed on; in place of the format that gets it */
        row_writer_unparsed(world->writer, &line, LOG_SOURCE_TYPE_UNIVERSAL, 0, true);
        status = TOCSIN_OK;
    }
    assert_int_equal(status, TOCSIN_OK);
    assert_int_equal(row_writer_take(world->writer, true, &world->batch, &err), TOCSIN_OK);
    return world->batch ? world->batch->row_count : 0;
}

static void parse(struct world *world, const char *text)
{
    assert_int_equal(parse_framed(world, str_from_cstring(text), NULL), 1);
}

static void assert_field(const struct world *world, uint32_t row, const char *name, const char *want)
{
    field_id field = schema_find(world->schema, str_from_cstring(name));
    assert_true(field != FIELD_NONE);
    const struct column *column = batch_column(world->batch, field);
    char ip[IP_TEXT_BYTES];
    char number[32];
    str got = STR("(null)");
    if (column_is_valid(column, row)) {
        switch (column->type) {
        case TYPE_INT64:
            got = str_from(number,
                           (size_t)snprintf(number, sizeof(number), "%lld", (long long)column_integer(column, row)));
            break;
        case TYPE_BOOL:
            got = column_bool(column, row) ? STR("true") : STR("false");
            break;
        case TYPE_IP:
            got = str_from(ip, ip_format(column_ip(column, row), ip));
            break;
        default:
            got = column_string(column, row);
        }
    }
    str wanted = unquote(str_from_cstring(want));
    if (!str_eq(got, wanted)) {
        fail_msg("%s is \"%.*s\", want \"%s\"", name, STR_ARG(got), want);
    }
    memory_free((char *)(uintptr_t)wanted.data);
}

static void assert_name(const struct world *world, const char *want)
{
    int64_t qid = column_integer(batch_column(world->batch, FIELD_QID), 0);
    const struct event_name *name = event_name_find(world->log_sources, qid);
    assert_non_null(name);
    if (!str_eq(name->name, str_from_cstring(want))) {
        fail_msg("event is named \"%.*s\", want \"%s\"", STR_ARG(name->name), want);
    }
}

#define EXPECT(...)                                                                                                    \
    do {                                                                                                               \
        static const char *const pairs[] = {__VA_ARGS__};                                                              \
        for (size_t pair = 0; pair < countof(pairs); pair += 2) {                                                      \
            assert_field(&world, 0, pairs[pair], pairs[pair + 1]);                                                     \
        }                                                                                                              \
    } while (0)

static int detect(str text)
{
    str copy = unquote(text);
    struct log_line line = {.text = copy, .raw = copy};
    int confidence = DEF->detect(&line);
    memory_free((char *)(uintptr_t)copy.data);
    return confidence;
}

/* ---- shapes ---- */

static void reads_every_field_of_an_event(void **state)
{
    struct world world;
    world_open(&world);
    parse(
        &world,
        "{'kind':'Event','apiVersion':'audit.k8s.io/v1','level':'Request','auditID':'0a1b',"
        "'stage':'ResponseComplete','requestURI':'/api/v1/namespaces/shop/secrets/db?x=1\\u0026y=2','verb':'get',"
        "'user':{'username':'system:serviceaccount:shop:web','uid':'u-1','groups':['system:serviceaccounts',"
        "'a \\'b\\''],'extra':{'k':['v']}},'impersonatedUser':{'username':'root','groups':['system:masters']},"
        "'sourceIPs':['10.1.2.3','::1'],'userAgent':'kubectl\\/1','objectRef':{'resource':'secrets',"
        "'namespace':'shop','name':'db','uid':'o-1','apiGroup':'g','apiVersion':'v1'},"
        "'responseStatus':{'metadata':{},'status':'Failure','reason':'Forbidden','message':'no','code':403},"
        "'requestObject':{'a':[1]},'responseObject':{'b':{}},'requestReceivedTimestamp':'2026-11-23T03:14:33.120575Z',"
        "'stageTimestamp':'2026-11-23T03:14:35.177167Z','annotations':{'authorization.k8s.io/decision':'forbid',"
        "'authorization.k8s.io/reason':'because \\'x\\''}}");
    EXPECT("username", "system:serviceaccount:shop:web", "Service Account", "shop/web", "User UID", "u-1", "Groups",
           "system:serviceaccounts,a 'b'", "User Extra", "{'k':['v']}", "Impersonated User", "root",
           "Impersonated Groups", "system:masters", "sourceip", "10.1.2.3", "sourceaddress", "10.1.2.3", "Source IPs",
           "10.1.2.3,::1", "User Agent", "kubectl/1", "Verb", "get", "Resource", "secrets", "Subresource", "(null)",
           "Namespace", "shop", "Object Name", "db", "Object UID", "o-1", "API Group", "g", "API Version", "v1",
           "Request URI", "/api/v1/namespaces/shop/secrets/db?x=1&y=2", "Response Code", "403", "Response Status",
           "Failure", "Response Reason", "Forbidden", "Response Message", "no", "Stage", "ResponseComplete", "Audit ID",
           "0a1b", "Audit Level", "Request", "Authorization Decision", "forbid", "Authorization Reason", "because 'x'",
           "Request Object", "{'a':[1]}", "Response Object", "{'b':{}}", "Command", "(null)", "qideventid", "get",
           "qideventcategory", "secrets", "isunparsed", "false", "istruncated", "false", "devicetype", "4002");
    EXPECT("devicetime", "1795403675177", "starttime", "1795403675177"); /* the stage's time */
    assert_name(&world, "Secret Read Failed");
    world_close(&world);
}

static void joins_the_command_of_an_exec(void **state)
{
    static const struct {
        const char *verb;
        const char *uri;
        const char *command;
        const char *container;
        const char *name;
    } cases[] = {
        {"get",
         "/api/v1/namespaces/a/pods/p/exec?command=cat\\u0026command=%2Frun%2Fsecrets%2Ftoken\\u0026container=web",
         "cat /run/secrets/token", "web", "Pod Exec"},
        {"create", "/api/v1/namespaces/a/pods/p/exec?command=sh&command=-c&command=echo+a%20%26%26+b%2Bc",
         "sh -c echo a && b+c", "(null)", "Pod Exec"},
        /* The server decodes names too. */
        {"create", "/api/v1/namespaces/a/pods/p/exec?com%6dand=id&%63ontainer=x", "id", "x", "Pod Exec"},
        {"create", "/api/v1/namespaces/a/pods/p/exec?command=%zz%4&stdin=true&command=", "%zz%4 ", "(null)",
         "Pod Exec"},
        {"get", "/api/v1/namespaces/a/pods/p/attach?container=c1", "(null)", "c1", "Pod Attach"},
        {"get", "/api/v1/namespaces/a/pods/p/log?container=c1&command=no", "no", "c1", "Pod Log Read"},
        {"create", "/api/v1/nodes/n1/proxy/run/ns/pod/c?cmd=id%20-a", "id -a", "(null)", "Node Proxy"},
        {"create", "/api/v1/namespaces/a/pods/p/portforward", "(null)", "(null)", "Pod Port Forward"},
        {"create", "/api/v1/namespaces/a/pods/p/exec", "(null)", "(null)", "Pod Exec"},
        {"get", "/api/v1/namespaces/a/pods/p?command=x", "(null)", "(null)", "Pod Read"},
    };
    struct world world;
    world_open(&world);
    for (size_t i = 0; i < countof(cases); i++) {
        char line[1024];
        snprintf(line, sizeof(line),
                 "{'kind':'Event','apiVersion':'audit.k8s.io/v1','auditID':'1','requestURI':'%s','verb':'%s'}",
                 cases[i].uri, cases[i].verb);
        parse(&world, line);
        assert_field(&world, 0, "Command", cases[i].command);
        assert_field(&world, 0, "Container", cases[i].container);
        assert_name(&world, cases[i].name);
    }
    /* No query, but the options object. */
    parse(&world, "{'auditID':'1','verb':'create','objectRef':{'resource':'pods','subresource':'exec'},"
                  "'requestObject':{'kind':'PodExecOptions','command':['sh','-c','a\\u0026b'],'container':'w'}}");
    EXPECT("Command", "sh -c a&b", "Container", "w");
    world_close(&world);
}

static void finds_the_object_in_the_path(void **state)
{
    static const struct {
        const char *uri;
        const char *want; /* group version namespace resource name subresource */
    } cases[] = {
        {"/api/v1/secrets?limit=500", "(null) v1 (null) secrets (null) (null)"},
        {"/api/v1/namespaces/shop/secrets", "(null) v1 shop secrets (null) (null)"},
        {"/apis/apps/v1/namespaces/a/deployments/d/scale", "apps v1 a deployments d scale"},
        {"/api/v1/namespaces/shop", "(null) v1 shop namespaces shop (null)"},
        {"/api/v1/namespaces/shop/finalize", "(null) v1 shop namespaces shop finalize"},
        {"/api/v1/watch/namespaces/a/pods/p", "(null) v1 a pods p (null)"},
        {"/api//v1/nodes/n/proxy/metrics", "(null) v1 (null) nodes n proxy"},
        {"/apis/rbac.authorization.k8s.io/v1beta1/clusterroles/x",
         "rbac.authorization.k8s.io v1beta1 (null) clusterroles x (null)"},
        {"/api/v1", "(null) (null) (null) (null) (null) (null)"},
        {"/healthz", "(null) (null) (null) (null) (null) (null)"},
        {"/apis/apps", "(null) (null) (null) (null) (null) (null)"},
        {"", "(null) (null) (null) (null) (null) (null)"},
    };
    static const char *const names[] = {"API Group", "API Version", "Namespace",
                                        "Resource",  "Object Name", "Subresource"};
    struct world world;
    world_open(&world);
    for (size_t i = 0; i < countof(cases); i++) {
        char line[512];
        snprintf(line, sizeof(line), "{'auditID':'1','verb':'get','requestURI':'%s'}", cases[i].uri);
        parse(&world, line);
        str rest = str_from_cstring(cases[i].want);
        for (size_t k = 0; k < countof(names); k++) {
            char want[64];
            str part = str_slice(rest, 0, str_find_char(rest, ' ', 0));
            rest = str_skip(rest, part.len + 1);
            snprintf(want, sizeof(want), "%.*s", STR_ARG(part));
            assert_field(&world, 0, names[k], want);
        }
    }
    world_close(&world);
}

static void reads_the_legacy_form(void **state)
{
    struct world world;
    world_open(&world);
    const char *line =
        "2026-11-23T03:20:07.079161742Z AUDIT: id='427d78df' stage='ResponseComplete' ip='127.0.0.1' method='list' "
        "user='system:serviceaccount:shop:web' groups='\\'system:serviceaccounts\\',\\'a b\\'' as='<self>' "
        "asgroups='<lookup>' namespace='shop' uri='/api/v1/namespaces/shop/secrets' response='403'";
    assert_int_equal(detect(str_from_cstring(line)), 100);
    parse(&world, line);
    EXPECT("Audit ID", "427d78df", "Stage", "ResponseComplete", "sourceip", "127.0.0.1", "Verb", "list", "username",
           "system:serviceaccount:shop:web", "Groups", "system:serviceaccounts,a b", "Impersonated User", "(null)",
           "Impersonated Groups", "(null)", "Namespace", "shop", "Request URI", "/api/v1/namespaces/shop/secrets",
           "Resource", "secrets", "Response Code", "403", "starttime", "1795404007079", "isunparsed", "false");
    assert_name(&world, "Secret List Failed");
    parse(&world, "2026-11-23T03:20:07Z AUDIT: id='x' ip='::1' method='GET' user='a\\'b\\x41\\u00e9' as='root' "
                  "uri='/api/v1/namespaces/a/pods/p/exec?command=id' response='<deferred>'");
    EXPECT("username", "a'bA\xC3\xA9", "Impersonated User", "root", "Command", "id", "sourcev6", "0:0:0:0:0:0:0:1",
           "Response Code", "(null)");
    /* Cut: what is whole counts. */
    parse(&world, "2026-11-23T03:20:07Z AUDIT: id='x' ip='10.0.0.1' method='get' user='al");
    EXPECT("Audit ID", "x", "Verb", "get", "username", "(null)", "istruncated", "true", "isunparsed", "false");
    world_close(&world);
}

#define INNER                                                                                                          \
    "{\\'kind\\':\\'Event\\',\\'apiVersion\\':\\'audit.k8s.io/v1\\',\\'auditID\\':\\'in\\',\\'verb\\':\\'get\\',"      \
    "\\'requestURI\\':\\'/api/v1/namespaces/a/pods/p/"                                                                 \
    "exec?command=id\\\\u0026command=-a\\',\\'user\\':{\\'username\\':"                                                \
    "\\'q\\\\\\'u\\',\\'groups\\':[\\'g1\\',\\'g2\\']},\\'sourceIPs\\':[\\'10.9.8.7\\']}"

static void reads_events_in_wrappers(void **state)
{
    static const char *const lines[] = {
        "{'category':'kube-audit','properties':{'log':'" INNER "\\n','stream':'stdout','pod':'api-1'}}",
        "{'properties':{'log':'\xEF\xBB\xBF" INNER "'}}",
        "{'timestamp':1795403675177,'message':'" INNER "'}",
        "{'@timestamp':'2026-11-23 03:14:35.177','@message':'" INNER "'}",
        "{'log':'" INNER "\\n','stream':'stdout','time':'2026-11-23T03:14:35.177167Z'}",
        "{'MESSAGE':'" INNER "','_HOSTNAME':'h'}",
        "{'result':{'_raw':'" INNER "'}}",
        "{'_source':{'event':{'original':'" INNER "'}}}",
        "@cee: {'auditID':'in','verb':'get','requestURI':'/api/v1/namespaces/a/pods/p/exec?command=id&command=-a',"
        "'user':{'username':'q\\'u','groups':['g1','g2']},'sourceIPs':['10.9.8.7']}",
        "2026-11-23T03:14:35.177167Z stdout F {'kind':'Event','auditID':'in','verb':'get','requestURI':"
        "'/api/v1/namespaces/a/pods/p/exec?command=id&command=-a','user':{'username':'q\\'u','groups':['g1',"
        "'g2']},'sourceIPs':['10.9.8.7']}",
    };
    struct world world;
    world_open(&world);
    for (size_t i = 0; i < countof(lines); i++) {
        if (detect(str_from_cstring(lines[i])) < 90) {
            fail_msg("not detected: %s", lines[i]);
        }
        parse(&world, lines[i]);
        /* Rows must not point into what the next line overwrites. */
        struct log_line other = {.text = STR("{\"log\":\"{\\\"auditID\\\":\\\"XXXXXXXXXXXXX\\\"}\"}")};
        struct batch *batch = world.batch;
        struct error err;
        assert_int_equal(DEF->parse_line(world.state, &other, world.writer, &err), TOCSIN_END);
        world.batch = batch;
        EXPECT("Audit ID", "in", "Verb", "get", "Command", "id -a", "username", "q'u", "Groups", "g1,g2", "sourceip",
               "10.9.8.7", "Source IPs", "10.9.8.7", "Resource", "pods", "Subresource", "exec", "isunparsed", "false");
        assert_int_equal(row_writer_take(world.writer, true, &batch, &err), TOCSIN_OK);
    }
    world_close(&world);
}

static void takes_time_and_host_from_the_wrapper(void **state)
{
    struct world world;
    world_open(&world);
    parse(&world,
          "{'timestamp':1795403675177,'message':'{\\'auditID\\':\\'1\\',\\'verb\\':\\'get\\'}','host':{'name':'h1'}}");
    EXPECT("starttime", "1795403675177", "hostname", "h1");
    parse(&world,
          "{'resourceId':'/SUBSCRIPTIONS/X/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/KUBETEST','properties':"
          "{'log':'{\\'auditID\\':\\'1\\',\\'verb\\':\\'get\\'}'},'time':'2020-05-05T16:16:37.0000000Z'}");
    EXPECT("starttime", "1588695397000", "hostname", "KUBETEST", "Cluster Name", "KUBETEST");
    parse(&world,
          "{'kind':'Event','apiVersion':'audit.k8s.io/v1','auditID':'1','p_event_time':'2022-11-29 00:09:04.38'}");
    EXPECT("starttime", "1669680544380");
    parse(&world,
          "{'kind':'Event','apiVersion':'audit.k8s.io/v1beta1','auditID':'1','timestamp':'2018-10-25T13:58:49Z'}");
    EXPECT("starttime", "1540475929000");
    struct log_frame frame = {.is_present = true, .has_time = true, .time_ms = 5000, .host = STR("relay")};
    assert_int_equal(parse_framed(&world, STR("{'auditID':'1','verb':'get','host':'inner'}"), &frame), 1);
    EXPECT("starttime", "5000", "hostname", "relay");
    world_close(&world);
}

static void reads_cloud_audit_entries(void **state)
{
    struct world world;
    world_open(&world);
    parse(&world,
          "{'insertId':'i-1','timestamp':'2022-03-04T16:01:49.978756Z','protoPayload':{'authenticationInfo':"
          "{'principalEmail':'a@b.c'},'authorizationInfo':[{'permission':'p','granted':true}],'methodName':"
          "'io.k8s.authorization.rbac.v1.clusterroles.create','requestMetadata':{'callerIp':'88.88.88.88',"
          "'callerSuppliedUserAgent':'kubectl'},'resourceName':'rbac.authorization.k8s.io/v1/clusterroles/r','request':"
          "{'x':1},'status':{}},'resource':{'type':'k8s_cluster','labels':{'cluster_name':'c1'}},"
          "'labels':{'authorization.k8s.io/decision':'allow','authorization.k8s.io/reason':'r'}}");
    EXPECT("Verb", "create", "Resource", "clusterroles", "API Group", "rbac.authorization.k8s.io", "Object Name", "r",
           "username", "a@b.c", "sourceip", "88.88.88.88", "Source IPs", "88.88.88.88", "User Agent", "kubectl",
           "Response Code", "200", "Authorization Decision", "allow", "Authorization Reason", "r", "Audit ID", "i-1",
           "Request Object", "{'x':1}", "Cluster Name", "c1", "hostname", "c1", "starttime", "1646409709978");
    assert_name(&world, "Role Create");
    parse(&world, "{'protoPayload':{'methodName':'io.k8s.core.v1.pods.exec.create','resourceName':"
                  "'core/v1/namespaces/example/pods/p1/exec','request':{'command':['sh','-c'],'container':'c'},"
                  "'status':{'code':7,'message':'Forbidden'},'serviceName':'k8s.io'}}");
    EXPECT("Verb", "create", "Resource", "pods", "Subresource", "exec", "Namespace", "example", "Object Name", "p1",
           "API Group", "(null)", "API Version", "v1", "Response Code", "403", "Response Message", "Forbidden",
           "Command", "sh -c", "Container", "c");
    assert_name(&world, "Pod Exec Failed");
    /* No resource name: the method says it. */
    parse(&world, "{'protoPayload':{'methodName':'io.k8s.networking.v1.networkpolicies.delete'}}");
    EXPECT("Verb", "delete", "Resource", "networkpolicies", "Response Code", "(null)");
    /* The Go struct of an older bridge. */
    parse(&world,
          "{'Entry':{'Timestamp':'2020-01-07T00:40:20.502827Z','Payload':{'service_name':'k8s.io','method_name':"
          "'io.k8s.core.v1.configmaps.create','resource_name':'core/v1/namespaces/default/configmaps/m','status':{},"
          "'authentication_info':{'principal_email':'m@s'},'request_metadata':{'caller_ip':'::1'}},'Labels':"
          "{'authorization.k8s.io/"
          "decision':'allow'},'Operation':{'id':'op'},'Resource':{'labels':{'cluster_name':'c2'}}}}");
    EXPECT("Verb", "create", "Resource", "configmaps", "username", "m@s", "sourcev6", "0:0:0:0:0:0:0:1", "Audit ID",
           "op", "Authorization Decision", "allow", "Cluster Name", "c2", "starttime", "1578357620502");
    world_close(&world);
}

static void recovers_what_stands_before_a_cut(void **state)
{
    str whole =
        STR("{'kind':'Event','apiVersion':'audit.k8s.io/v1','level':'Metadata','auditID':'a1','stage':"
            "'RequestReceived','requestURI':'/api/v1/namespaces/shop/secrets/tls','verb':'get','user':{'username':"
            "'eve','groups':['x']},'sourceIPs':['10.0.0.1'],'requestObject':{'a':{'b':[1,2]}}}");
    size_t id_end = str_find(whole, STR(",'stage'"), 0);
    size_t name_end = str_find(whole, STR(",'groups'"), 0);
    struct world world;
    world_open(&world);
    for (size_t cut = 1; cut < whole.len; cut++) {
        assert_int_equal(parse_framed(&world, str_slice(whole, 0, cut), NULL), 1);
        assert_field(&world, 0, "istruncated", "true");
        assert_field(&world, 0, "isunparsed", cut < id_end ? "true" : "false");
        assert_field(&world, 0, "Audit ID", cut < id_end ? "(null)" : "a1");
        assert_field(&world, 0, "username", cut < name_end ? "(null)" : "eve");
        if (cut > name_end) {
            assert_field(&world, 0, "Resource", "secrets"); /* from the path */
        }
    }
    parse(&world, "{'properties':{'log':'{\\'kind\\':\\'Event\\',\\'auditID\\':\\'a1\\',\\'verb\\':\\'get\\',\\'user\\'"
                  ":{\\'usern");
    EXPECT("Audit ID", "a1", "Verb", "get", "istruncated", "true", "isunparsed", "false");
    parse(&world, "{'kind':'EventList','items':[{'kind':'Event','auditID':'a1','verb':'get','user':{'usern");
    EXPECT("Audit ID", "a1", "istruncated", "true");
    world_close(&world);
}

static void tells_its_lines_from_others(void **state)
{
    static const char *const ours[] = {
        "{'kind':'Event','apiVersion':'audit.k8s.io/v1','level':'Metadata'",
        "{'kind': 'Event', 'apiVersion': 'audit.k8",
        "{'annotations':{'authorization.k8s.io/decision':'allow'},'auditID':'1'}",
        "{'kind':'Event','verb':'create','objectRef':{'resource':'pods'}}",
        "{'kind':'Event','sourceIPs':[],'p_log_type':'Amazon.EKS.Audit'}",
        "{'protoPayload':{'methodName':'io.k8s.core.v1.pods.list'}}",
        "{'protoPayload':{'serviceName':'k8s.io'}}",
        "<13>AUDIT: id='x' ip=''",
    };
    static const char *const others[] = {
        "",
        "{}",
        "{'verb':'GET','path':'/x'}",
        "{'protoPayload':{'authorizationInfo':[{'permission':'io.k8s.apps.v1.pods.create'}],'methodName':'v2.x'}}",
        "{'protoPayload':{'methodName':'compute.instances.list','serviceName':'compute.googleapis.com'}}",
        "{'kind':'Event','apiVersion':'v1','involvedObject':{'kind':'Pod'},'reason':'Pulled'}",
        "{'p_log_type':'Azure.MonitorActivity','category':'Administrative'}",
        "type=EXECVE msg=audit(1700000000.123:42): argc=1 a0='kubectl'",
        "I1123 audit.go:1] nothing about auditID here",
        "sudo: eve : TTY=pts/0 ; COMMAND=/usr/bin/kubectl get secrets 2026-11-23T03:20:07Z AUDIT: id='x' verb='get'",
    };
    for (size_t i = 0; i < countof(ours); i++) {
        if (detect(str_from_cstring(ours[i])) < 90) {
            fail_msg("not detected: %s", ours[i]);
        }
    }
    for (size_t i = 0; i < countof(others); i++) {
        if (detect(str_from_cstring(others[i])) != 0) {
            fail_msg("detected: %s", others[i]);
        }
    }
}

static void hands_on_lines_that_only_hold_its_words(void **state)
{
    static const char *const lines[] = {
        "{'command':'kubectl get secrets # \\'auditID\\': '}",
        "{'command':'kubectl get secrets # \\'verb\\' \\'requestURI\\''}",
        "{'user':'\\'audit.k8s.io/v1','command':'kubectl get secrets'}",
        "command=kubectl get secrets {'auditID':'x'}",
    };
    struct world world;
    struct error err;
    world_open(&world);
    for (size_t i = 0; i < countof(lines); i++) {
        str copy = unquote(str_from_cstring(lines[i]));
        struct log_line line = {.text = copy, .raw = copy, .line = 7, .line_count = 1};
        assert_true(detect(str_from_cstring(lines[i])) > 0);
        assert_int_equal(DEF->parse_line(world.state, &line, world.writer, &err), TOCSIN_END);
        memory_free((char *)(uintptr_t)copy.data);
    }
    world_close(&world);
}

static void takes_hostile_values_as_data(void **state)
{
    static const char *const lines[] = {
        "{'auditID':{},'verb':[],'user':'x','objectRef':7,'sourceIPs':null,'annotations':[1]}",
        "{'auditID':'','verb':'','requestURI':'?&=&&command&container=%','objectRef':{'subresource':'exec'}}",
        "{'auditID':'1','verb':'get','sourceIPs':[1,{}],'responseStatus':{'code':'x'},'stageTimestamp':'never'}",
        "{'auditID':'1','verb':'get','stageTimestamp':1e300,'responseStatus':{'code':1e99}}",
        "{'log':'{\\'log\\':\\'{\\\\\\'log\\\\\\':1}\\'}'}",
        "{'auditID':'1','auditID':'2','verb':'a\\u0000b'}",
        "{'protoPayload':{'methodName':'io.k8s.','resourceName':'////'}}",
        "{'protoPayload':{'methodName':'io.k8s.............................','status':{'code':99999}}}",
        "AUDIT: id=",
        "AUDIT: id='",
        "AUDIT: id='\\",
        "AUDIT: id='x' ='y' groups='\\'a' ip=",
        "{",
        "{'",
        "\xFF\xFE",
        "",
    };
    struct world world;
    world_open(&world);
    for (size_t i = 0; i < countof(lines); i++) {
        assert_int_equal(parse_framed(&world, str_from_cstring(lines[i]), NULL), 1);
    }
    parse(&world, "{'auditID':'1','auditID':'2','verb':'v'}");
    EXPECT("Audit ID", "2");
    world_close(&world);
}

/* ---- the corpus ---- */

struct expected_file {
    const char *path;
    uint64_t kubernetes;
    uint64_t others;
    uint64_t unparsed; /* of Kubernetes */
    uint64_t truncated;
};

static void count_file(struct world *world, const char *path, struct expected_file *ret)
{
    struct error err;
    struct input_list inputs;
    const char *arguments[] = {path};
    assert_int_equal(input_list_expand(&inputs, arguments, 1, &err), TOCSIN_OK);
    struct log_reader_options options = {.context = &world->context,
                                         .inputs = &inputs,
                                         .wall_clock_ms = INT64_C(1800000000000),
                                         .formats = (const struct format_def *const[]){DEF},
                                         .format_count = 1};
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&options, &reader, &err), TOCSIN_OK);
    struct batch *batch;
    *ret = (struct expected_file){.path = path};
    while (log_reader_next(reader, &batch, &err) == TOCSIN_OK) {
        for (uint32_t row = 0; row < batch->row_count; row++) {
            bool is_ours = column_integer(batch_column(batch, FIELD_DEVICETYPE), row) == LOG_SOURCE_TYPE_KUBERNETES;
            ret->kubernetes += is_ours;
            ret->others += !is_ours;
            ret->unparsed += is_ours && column_bool(batch_column(batch, FIELD_ISUNPARSED), row);
            ret->truncated += is_ours && column_bool(batch_column(batch, FIELD_ISTRUNCATED), row);
        }
    }
    log_reader_free(reader);
    input_list_release(&inputs);
}

static void assert_counts(struct world *world, const char *folder, const struct expected_file *files, size_t count)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof(path), "%s%s", folder, files[i].path);
        struct expected_file got;
        count_file(world, path, &got);
        bool is_right = got.kubernetes == files[i].kubernetes && got.unparsed == files[i].unparsed &&
                        got.truncated == files[i].truncated &&
                        (files[i].others == UINT64_MAX || got.others == files[i].others);
        if (!is_right) {
            print_message("%s: %llu of ours (%llu unparsed, %llu truncated), %llu others\n", files[i].path,
                          (unsigned long long)got.kubernetes, (unsigned long long)got.unparsed,
                          (unsigned long long)got.truncated, (unsigned long long)got.others);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void counts_the_shipped_logs(void **state)
{
    static const struct expected_file files[] = {
        {"derived-truncated-lines.log", 4, 0, 1, 3},
        {"derived-webhook-eventlist.json", 25, 0, 0, 0},
        {"live-legacy-format.log", 8, 0, 0, 0},
        {"live-k8s-exec.log", 40, 0, 0, 0},
        {"live-pretty.json", 4, 0, 0, 0},
    };
    struct world world;
    world_open(&world);
    assert_counts(&world, TOCSIN_SOURCE_ROOT "/tests/data/kubernetes/", files, countof(files));
    world_close(&world);
}

static void counts_the_corpus_as_its_readme_does(void **state)
{
    static const struct expected_file files[] = {
        {"k8s-audit/afcollins-single-event.json", 1, 0, 0, 0},
        {"k8s-audit/crowdsec-k8s-audit-pod-exec-file.log", 1, 0, 0, 0},
        {"k8s-audit/derived-truncated-lines.log", 4, 0, 1, 3},
        {"k8s-audit/derived-webhook-eventlist.json", 25, 0, 0, 0},
        {"k8s-audit/falco-k8saudit-a.jsonl", 25, 1, 0, 0}, /* and {"kind": 0} */
        {"k8s-audit/live-boot-a.log", 900, 0, 0, 0},
        {"k8s-audit/live-huge-event.log", 1, 0, 0, 0},
        {"k8s-audit/live-k8s.log", 1481, 0, 0, 0},
        {"k8s-audit/live-labs.log", 1112, 0, 0, 0},
        {"k8s-audit/live-legacy-format.log", 8, 0, 0, 0},
        {"k8s-audit/packt-kind-secrets-a.log", 34, 0, 0, 0},
        {"k8s-audit/panther-rule-tests.jsonl", 99, 0, 0, 0},
        {"k8s-audit/stackdriver-k8saudit-a.jsonl", 13, 0, 0, 0},
        {"other/aks-event.json", 22, 0, 0, 0},
        /* Two of a deployment manager, one of a compute API, one of Azure's own activities are no Kubernetes audit. */
        {"other/panther-rule-tests-aks-gke.jsonl", 47, 4, 0, 0},
        {"other/stackdriver-gke-logentries-a.jsonl", 13, 0, 0, 0},
        {"syslog/derived-syslog-wrapped.log", 18, 93, 0, 0},
        {"auditd/live-raw.log", 0, UINT64_MAX, 0, 0},
        {"docker/live-docker-events.jsonl", 0, 25, 0, 0},
        {"docker/live-authz-requests.jsonl", 0, 34, 0, 0},
        {"docker/live-json-file-driver.log", 0, 6, 0, 0},
    };
    struct stat info;
    if (stat(CORPUS, &info) != 0) {
        print_message("skipped: no corpus\n");
        skip();
    }
    struct world world;
    world_open(&world);
    assert_counts(&world, CORPUS, files, countof(files));
    world_close(&world);
}

static char *load(const char *path, size_t *ret_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    struct stat info;
    assert_int_equal(fstat(fileno(file), &info), 0);
    char *text = memory_allocate((size_t)info.st_size + 1);
    assert_non_null(text);
    *ret_bytes = fread(text, 1, (size_t)info.st_size, file);
    fclose(file);
    return text;
}

static str take_until(str *rest, char end)
{
    str part = str_slice(*rest, 0, str_find_char(*rest, end, 0));
    *rest = str_skip(*rest, part.len + 1);
    return part;
}

/* The table of labels was made from the log by another program: audit id, stage, (label), verb, user and path of each
 * line. */
static void agrees_with_the_table_of_the_live_log(void **state)
{
    static const char *const names[] = {"Audit ID", "Stage", NULL, "Verb", "username", "Request URI"};
    size_t log_bytes = 0;
    size_t table_bytes = 0;
    char *log = load(CORPUS "k8s-audit/live-k8s.log", &log_bytes);
    char *table = load(CORPUS "k8s-audit/live-k8s.labels.tsv", &table_bytes);
    if (!log || !table) {
        print_message("skipped: no corpus\n");
        skip();
    }
    struct world world;
    world_open(&world);
    str lines = {log, log_bytes};
    str rows = {table, table_bytes};
    (void)take_until(&rows, '\n');
    int count = 0;
    while (lines.len > 0) {
        str row = take_until(&rows, '\n');
        assert_int_equal(parse_framed(&world, take_until(&lines, '\n'), NULL), 1);
        for (size_t i = 0; i < countof(names); i++) {
            str cell = take_until(&row, '\t');
            char want[2048];
            snprintf(want, sizeof(want), "%.*s", STR_ARG(cell));
            bool is_cut = cell.len == 160; /* the table cuts long paths */
            if (names[i] && !is_cut) {
                assert_field(&world, 0, names[i], want);
            }
        }
        count++;
    }
    assert_int_equal(count, 1481);
    assert_int_equal(rows.len, 0);
    world_close(&world);
    memory_free(log);
    memory_free(table);
}

/* Each allocation fails in turn: an error or the right row, never a bad access or a leak. */
static void fail_each_allocation(int repeat)
{
    static const char line[] =
        "{\"resourceId\":\"/a/managedclusters/c\",\"properties\":{\"log\":\"{\\\"auditID\\\":\\\"1\\\",\\\"verb\\\":"
        "\\\"get\\\",\\\"requestURI\\\":\\\"/api/v1/namespaces/a/pods/p/exec?command=id\\\\u0026command=-a\\\"}\"}}";
    struct world world;
    world_open(&world);
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct error err;
        void *opened = NULL;
        struct row_writer *writer = NULL;
        struct batch *batch = NULL;
        struct log_line text = {.text = STR(line), .raw = STR(line), .line_count = 1};
        memory_fail_at(n, repeat);
        tocsin_status status = DEF->open(&world.context, &opened, &err);
        if (status == TOCSIN_OK) {
            status = row_writer_create(&world.context, 0, &writer, &err);
        }
        if (status == TOCSIN_OK) {
            status = DEF->parse_line(opened, &text, writer, &err);
        }
        if (status == TOCSIN_OK) {
            status = row_writer_take(writer, true, &batch, &err);
        }
        memory_fail_at(0, 0);
        has_failed = status != TOCSIN_OK;
        assert_true(!has_failed || status == TOCSIN_ERROR_MEMORY);
        if (!has_failed) {
            world.batch = batch;
            EXPECT("Audit ID", "1", "Command", "id -a");
        }
        row_writer_free(writer);
        DEF->close(opened);
    }
    world_close(&world);
}

static void survives_running_out_of_memory(void **state)
{
    fail_each_allocation(/* repeat */ 0);
    fail_each_allocation(/* repeat */ 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field_of_an_event),
        cmocka_unit_test(joins_the_command_of_an_exec),
        cmocka_unit_test(finds_the_object_in_the_path),
        cmocka_unit_test(reads_the_legacy_form),
        cmocka_unit_test(reads_events_in_wrappers),
        cmocka_unit_test(takes_time_and_host_from_the_wrapper),
        cmocka_unit_test(reads_cloud_audit_entries),
        cmocka_unit_test(recovers_what_stands_before_a_cut),
        cmocka_unit_test(tells_its_lines_from_others),
        cmocka_unit_test(hands_on_lines_that_only_hold_its_words),
        cmocka_unit_test(hands_on_lines_that_only_hold_its_words),
        cmocka_unit_test(takes_hostile_values_as_data),
        cmocka_unit_test(counts_the_shipped_logs),
        cmocka_unit_test(counts_the_corpus_as_its_readme_does),
        cmocka_unit_test(agrees_with_the_table_of_the_live_log),
        cmocka_unit_test(survives_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

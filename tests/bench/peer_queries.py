"""peer_queries.py: the original query (T1552.007) and others, in the words of each engine over the same columns.

Kinds of matching: ilike (DuckDB, ClickHouse), like (SQLite, whose LIKE ignores the case of ASCII), lower (DuckDB's
fastest form, contains() of the lower-case text) and position (ClickHouse's positionCaseInsensitive).
"""
from bench_tools import DAY_START_MS

COLUMNS = ["starttime", "sourceip", "username", "process_name", "command", "logsourcetype", "hostname"]

MATCHES = {
    "ilike": "command ILIKE '%{}%'",
    "like": "command LIKE '%{}%'",
    "lower": "contains(lower(command), '{}')",
    "position": "positionCaseInsensitive(command, '{}') > 0",
}


def original(kind, table):
    def has(word):
        return MATCHES[kind].format(word)

    def has_any(*words):
        return "(" + " OR ".join(has(word) for word in words) + ")"

    risk = (f"(CASE WHEN {has('kubectl')} AND {has_any('secret', 'serviceaccount', 'configmap')} THEN 1 ELSE 0 END"
            f" + CASE WHEN {has('docker')} AND {has_any('inspect', 'logs', 'exec', 'env')} THEN 1 ELSE 0 END"
            f" + CASE WHEN {has('docker.sock')} THEN 1 ELSE 0 END)")
    kubectl_words = has_any("get secret", "describe secret", "get sa ", "get serviceaccount", "get configmap", " logs ",
                            " exec ")
    docker_words = has_any("inspect", "logs", "exec", " env")
    secret_words = has_any("pass", "secret", "token", "key", "credential")
    where = (f"logsourcetype IN ('Linux OS', 'Universal DSM', 'Kubernetes Audit Log')"
             f" AND (({has('kubectl')} AND {kubectl_words})"
             f" OR ({has('docker')} AND {docker_words} AND {secret_words})"
             f" OR {has('/var/run/docker.sock')}) AND starttime > {DAY_START_MS}")
    count = f"SELECT count(*) AS n, sum({risk}) AS r FROM {table} WHERE {where}"
    full = (f"SELECT starttime, sourceip, username, process_name, command, logsourcetype, hostname, {risk} AS RiskScore"
            f" FROM {table} WHERE {where} ORDER BY RiskScore DESC, starttime DESC LIMIT 1000")
    return count, full


def one_word(kind, table, word):
    return f"SELECT count(*) FROM {table} WHERE {MATCHES[kind].format(word)}"


def top_groups(table):
    return f"SELECT username, hostname, count(*) AS n FROM {table} GROUP BY username, hostname ORDER BY n DESC LIMIT 10"


TOCSIN_TOP_GROUPS = ('SELECT username, hostname, COUNT(*) AS n FROM events GROUP BY username, hostname '
                     'ORDER BY n DESC LIMIT 10')


def tocsin_one_word(word):
    return f"SELECT COUNT(*) AS n FROM events WHERE \"Command\" ILIKE '%{word}%'"


ORIGINAL_FILE = "packs/container-api/rules/t1552_007_qradar.aql"


def tocsin_original(is_limited=True):
    """The rule's own text; without its LIMIT to count all rows."""
    with open(ORIGINAL_FILE, encoding="utf-8") as rule:
        text = rule.read()
    return text if is_limited else text.replace("LIMIT 1000", "")

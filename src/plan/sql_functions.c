#include "plan/sql_functions.h"

#define HINT_LENGTH    "AQL has STRLEN(x)"
#define HINT_SUBSTRING "AQL has SUBSTRING(x, begin, end), which counts from 0"
#define HINT_POSITION  "AQL has STRPOS(x, 'text'), which counts from 0 and gives -1 if there is none"
#define HINT_REPLACE   "AQL has REPLACEALL('regular expression', x, 'replacement')"
#define HINT_FIRST_SET "write IF x IS NULL THEN y ELSE x"
#define HINT_TRIM      "write REPLACEALL('^\\s+|\\s+$', x, '')"
#define HINT_DISTINCT  "AQL has UNIQUECOUNT(x), and DISTINCTCOUNT(x), which counts about"
#define HINT_FORMAT    "AQL has DATEFORMAT(time, 'yyyy-MM-dd HH:mm')"
#define HINT_PARSE     "AQL has PARSETIMESTAMP('yyyy-MM-dd HH:mm:ss', x)"
#define HINT_NOW       "AQL has NOW(), in milliseconds since 1970"
#define HINT_SPAN      "times are milliseconds: starttime - 3600000 is an hour before"
#define HINT_CAST      "AQL has LONG(x), DOUBLE(x) and STR(x)"
#define HINT_ROUND     "AQL has LONG(x), which cuts towards zero: LONG(x + 0.5) rounds what is positive"
#define HINT_LIKE      "write x LIKE '%text%' (ILIKE ignores case)"
#define HINT_REGEX     "write x MATCHES 'pattern' (IMATCHES ignores case)"
#define HINT_DEVIATION "AQL has STDEV(x) of a sample and STDEVP(x) of all"
#define HINT_CIDR      "AQL has INCIDR('10.0.0.0/8', address)"
#define HINT_CASE      "write IF condition THEN x ELSE y, or CASE WHEN condition THEN x ELSE y END"
#define HINT_BUCKET    "write starttime / 60000 * 60000 for the minute, or DATEFORMAT(starttime, 'HH:mm')"
#define HINT_PART(letters) "write DATEFORMAT(time, '" letters "'); LONG(..) makes a number of it"

static const struct {
    str name;
    const char *hint;
} functions[] = {
    {STR("LEN"), HINT_LENGTH},
    {STR("LENGTH"), HINT_LENGTH},
    {STR("CHAR_LENGTH"), HINT_LENGTH},
    {STR("CHARACTER_LENGTH"), HINT_LENGTH},
    {STR("SUBSTR"), HINT_SUBSTRING},
    {STR("MID"), HINT_SUBSTRING},
    {STR("LEFT"), "write SUBSTRING(x, 0, n)"},
    {STR("RIGHT"), "write SUBSTRING(x, STRLEN(x) - n)"},
    {STR("INSTR"), HINT_POSITION},
    {STR("INDEXOF"), HINT_POSITION},
    {STR("LOCATE"), HINT_POSITION},
    {STR("POSITION"), HINT_POSITION},
    {STR("CHARINDEX"), HINT_POSITION},
    {STR("REPLACE"), HINT_REPLACE},
    {STR("REGEXP_REPLACE"), HINT_REPLACE},
    {STR("TRANSLATE"), HINT_REPLACE},
    {STR("REGEXP_EXTRACT"), "write REPLACEFIRST('^.*?(what is wanted).*$', x, '$1')"},
    {STR("REGEXP_SUBSTR"), "write REPLACEFIRST('^.*?(what is wanted).*$', x, '$1')"},
    {STR("COALESCE"), HINT_FIRST_SET},
    {STR("IFNULL"), HINT_FIRST_SET},
    {STR("ISNULL"), HINT_FIRST_SET},
    {STR("NVL"), HINT_FIRST_SET},
    {STR("NULLIF"), "write IF x = y THEN NULL ELSE x"},
    {STR("IIF"), HINT_CASE},
    {STR("DECODE"), HINT_CASE},
    {STR("TRIM"), HINT_TRIM},
    {STR("LTRIM"), HINT_TRIM},
    {STR("RTRIM"), HINT_TRIM},
    {STR("LCASE"), "AQL has LOWER(x)"},
    {STR("TOLOWER"), "AQL has LOWER(x)"},
    {STR("UCASE"), "AQL has UPPER(x)"},
    {STR("TOUPPER"), "AQL has UPPER(x)"},
    {STR("CONCAT_WS"), "AQL has CONCAT(x, ', ', y)"},
    {STR("STRCAT"), "AQL has CONCAT(x, y)"},
    {STR("COUNT_DISTINCT"), HINT_DISTINCT},
    {STR("COUNTDISTINCT"), HINT_DISTINCT},
    {STR("DCOUNT"), HINT_DISTINCT},
    {STR("DC"), HINT_DISTINCT},
    {STR("UNIQ"), HINT_DISTINCT},
    {STR("APPROX_COUNT_DISTINCT"), "AQL has DISTINCTCOUNT(x)"},
    {STR("MEAN"), "AQL has AVG(x)"},
    {STR("AVERAGE"), "AQL has AVG(x)"},
    {STR("STDDEV"), HINT_DEVIATION},
    {STR("STDDEV_SAMP"), HINT_DEVIATION},
    {STR("STDDEV_POP"), HINT_DEVIATION},
    {STR("FIRST_VALUE"), "AQL has FIRST(x)"},
    {STR("LAST_VALUE"), "AQL has LAST(x)"},
    {STR("DATE_FORMAT"), HINT_FORMAT},
    {STR("FORMAT_DATE"), HINT_FORMAT},
    {STR("STRFTIME"), HINT_FORMAT},
    {STR("TO_CHAR"), HINT_FORMAT},
    {STR("FROM_UNIXTIME"), HINT_FORMAT},
    {STR("FORMATDATETIME"), HINT_FORMAT},
    {STR("DATE"), HINT_FORMAT},
    {STR("TO_DATE"), HINT_PARSE},
    {STR("TO_TIMESTAMP"), HINT_PARSE},
    {STR("TIMESTAMP"), HINT_PARSE},
    {STR("UNIX_TIMESTAMP"), HINT_PARSE},
    {STR("STRPTIME"), HINT_PARSE},
    {STR("YEAR"), HINT_PART("yyyy")},
    {STR("MONTH"), HINT_PART("MM")},
    {STR("DAY"), HINT_PART("dd")},
    {STR("DAYOFMONTH"), HINT_PART("dd")},
    {STR("HOUR"), HINT_PART("HH")},
    {STR("MINUTE"), HINT_PART("mm")},
    {STR("DAYNAME"), "write DATEFORMAT(time, 'EEEE')"},
    {STR("DAYOFWEEK"), "write DATEFORMAT(time, 'E'): Mon, Tue .."},
    {STR("WEEKDAY"), "write DATEFORMAT(time, 'E'): Mon, Tue .."},
    {STR("DATE_TRUNC"), HINT_BUCKET},
    {STR("TIME_BUCKET"), HINT_BUCKET},
    {STR("BIN"), HINT_BUCKET},
    {STR("CURRENT_TIMESTAMP"), HINT_NOW},
    {STR("GETDATE"), HINT_NOW},
    {STR("SYSDATE"), HINT_NOW},
    {STR("DATEADD"), HINT_SPAN},
    {STR("DATE_ADD"), HINT_SPAN},
    {STR("DATE_SUB"), HINT_SPAN},
    {STR("DATEDIFF"), HINT_SPAN},
    {STR("AGO"), HINT_SPAN},
    {STR("CAST"), HINT_CAST},
    {STR("CONVERT"), HINT_CAST},
    {STR("INT"), HINT_CAST},
    {STR("INTEGER"), HINT_CAST},
    {STR("NUMBER"), HINT_CAST},
    {STR("TO_NUMBER"), HINT_CAST},
    {STR("FLOAT"), HINT_CAST},
    {STR("STRING"), HINT_CAST},
    {STR("TOSTRING"), HINT_CAST},
    {STR("TO_STRING"), HINT_CAST},
    {STR("ROUND"), HINT_ROUND},
    {STR("FLOOR"), HINT_ROUND},
    {STR("CEIL"), HINT_ROUND},
    {STR("TRUNC"), HINT_ROUND},
    {STR("ABS"), "write IF x < 0 THEN -x ELSE x"},
    {STR("POWER"), "write x ^ y"},
    {STR("POW"), "write x ^ y"},
    {STR("MOD"), "write x % y"},
    {STR("CONTAINS"), HINT_LIKE},
    {STR("STARTSWITH"), HINT_LIKE},
    {STR("ENDSWITH"), HINT_LIKE},
    {STR("REGEXP_LIKE"), HINT_REGEX},
    {STR("REGEX"), HINT_REGEX},
    {STR("MATCH"), HINT_REGEX},
    {STR("CIDRMATCH"), HINT_CIDR},
    {STR("CIDR_MATCH"), HINT_CIDR},
    {STR("IPV4_IS_IN_RANGE"), HINT_CIDR},
    {STR("EVENTNAME"), "AQL has QIDNAME(qid)"},
    {STR("LOGSOURCETYPE"), "AQL has LOGSOURCETYPENAME(devicetype)"},
};

const char *sql_function_hint(str name)
{
    for (size_t i = 0; i < countof(functions); i++) {
        if (str_eq_ignore_case(functions[i].name, name)) {
            return functions[i].hint;
        }
    }
    return NULL;
}

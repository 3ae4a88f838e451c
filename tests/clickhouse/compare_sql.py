#!/usr/bin/env python3
"""compare_sql.py PRINT_SQL EXPRESSIONS LOOKUPS DIALECT URL: what src/clickhouse says in SQL gives on a server what the
kernels give here, for every expression and every row of a table of odd values (print_sql.c).

For rows without a doubt: a condition is true for exactly the rows the plan takes (a superset: for these and more), and
a value is the same, byte by byte. Nothing is null that must not be, and no row makes the server fail. --list shows what
is refused and how many rows are in doubt.
"""
import subprocess
import sys
import urllib.error
import urllib.request

BOOL, INT64, DOUBLE, IP = 1, 2, 3, 6


def ask(url, sql):
    """The answer of the server as text; its exception as an error."""
    request = urllib.request.Request(url, data=sql if isinstance(sql, bytes) else sql.encode())
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read().decode('utf-8', 'replace')
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode('utf-8', 'replace')[:600]) from error


def text_of(value, kind):
    """SQL for a value as print_sql prints it."""
    if kind == INT64:
        return b'toString(toInt64(%s))' % value
    if kind == BOOL:
        return b'toString(%s)' % value
    if kind == DOUBLE:
        return b"if(isNaN(%s), 'nan', toString(reinterpretAsUInt64(reinterpretAsString(%s))))" % (value, value)
    return b'lower(hex(%s))' % value


def rows_of(url, columns):
    """Columns for all rows, in order."""
    sql = b'SELECT ' + b', '.join(columns) + b' FROM sql_values ORDER BY _row FORMAT TSV'
    return [line.split('\t') for line in ask(url, sql).split('\n')[:-1]]


def check_where(url, grade, condition, doubt, expected):
    """Differences of a condition."""
    wrong = []
    doubts = 0
    for row, (found, is_doubtful) in enumerate(rows_of(url, [b'(%s)' % condition, b'(%s)' % doubt])):
        if found not in '01' or is_doubtful not in '01':
            wrong.append((row, 'null'))
        elif is_doubtful == '1':
            doubts += 1
        elif found != expected[row] and not (grade == 'superset' and found == '1'):
            wrong.append((row, found, expected[row]))
    return wrong, doubts


def check_value(url, grade, kind, value, doubt, expected):
    """Differences of a value."""
    wrong = []
    doubts = 0
    values = expected.split(',')
    columns = [b'isNull(%s)' % value, text_of(value, kind), b'(%s)' % doubt]
    for row, (is_null, found, is_doubtful) in enumerate(rows_of(url, columns)):
        found = '-' if is_null == '1' else found
        if is_doubtful not in '01' or (found == '-' and grade == 'exact-not-null'):
            wrong.append((row, 'null'))
        elif is_doubtful == '1':
            doubts += 1
        elif found != values[row]:
            wrong.append((row, found, values[row]))
    return wrong, doubts


def check_line(url, fields):
    """Differences of a line of print_sql, and the number of doubtful rows."""
    kind, _, detail, grade, sql, doubt, expected = fields
    sql, doubt = bytes.fromhex(sql), bytes.fromhex(doubt)
    if kind == 'where':
        return check_where(url, grade, sql, doubt, expected)
    return check_value(url, grade, int(detail), sql, doubt, expected)


def compare(command, url, listing=None):
    """What differs, and how many expressions were compared and refused. `command` is print_sql with its arguments."""
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    differences = []
    compared = refused = 0
    for line in output.splitlines():
        fields = line.split('\t')
        if fields[0] == 'setup':
            ask(url, bytes.fromhex(fields[1]))
            continue
        if fields[3] == 'refused':
            refused += 1
            if listing:
                listing('refused', *fields[:3], fields[4])
            continue
        compared += 1
        try:
            wrong, doubts = check_line(url, fields)
        except RuntimeError as error:
            wrong, doubts = [str(error)], 0
        if listing:
            listing('doubts', doubts, *fields[:4])
        if wrong:
            sql = bytes.fromhex(fields[4]).decode('utf-8', 'replace')
            differences.append('\t'.join([*fields[:4], sql, str(wrong[:3])]))
    return differences, compared, refused


def main():
    """Prints what differs; exit 1 if anything does."""
    is_listing = '--list' in sys.argv
    printer, expressions, lookups, dialect, url = [word for word in sys.argv[1:] if word != '--list']
    differences, compared, refused = compare([printer, dialect, expressions, lookups], url,
                                             (lambda *words: print(*words, sep='\t')) if is_listing else None)
    for difference in differences:
        print('DIFFERS', difference, sep='\t')
    print(f'{dialect}: {compared} expressions compared, {refused} refused, {len(differences)} differ')
    return len(differences) > 0 or compared == 0


if __name__ == '__main__':
    sys.exit(main())

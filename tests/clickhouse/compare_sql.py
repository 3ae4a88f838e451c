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


def main():
    """Prints what differs; exit 1 if anything does."""
    is_listing = '--list' in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != '--list']
    printer, expressions, lookups, dialect, url = arguments
    command = [printer, dialect, expressions, lookups]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    checked = failed = refused = 0
    for line in output.splitlines():
        fields = line.split('\t')
        if fields[0] == 'setup':
            ask(url, bytes.fromhex(fields[1]))
            continue
        if fields[3] == 'refused':
            refused += 1
            if is_listing:
                print('refused', *fields[:3], fields[4], sep='\t')
            continue
        checked += 1
        try:
            wrong, doubts = check_line(url, fields)
        except RuntimeError as error:
            wrong, doubts = [str(error)], 0
        if is_listing:
            print('doubts', doubts, *fields[:4], sep='\t')
        if wrong:
            failed += 1
            print('DIFFERS', *fields[:4], bytes.fromhex(fields[4]).decode('utf-8', 'replace'), wrong[:3], sep='\t')
    print(f'{dialect}: {checked} expressions compared, {refused} refused, {failed} differ')
    return failed > 0 or checked == 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""audit_oracle.py AUDIT_ROWS FOLDER...

Reads every Linux audit log of the folders with our format (the program audit_rows) and with libauparse, the library
behind ausearch, and compares: which events there are, and for each what its process, call and command are. Commands are
built from auparse's interpreted arguments, joined by blanks. Also checks the labels beside a log (*.labels.tsv).
Exit code: 0 all equal, 1 a difference, 77 skipped (libauparse is not installed).
"""
import collections
import ctypes
import ctypes.util
import json
import pathlib
import re
import subprocess
import sys

SOURCE_FILE = 1
ESCAPE_RAW = 0

# Where auparse and we differ on purpose:
# - auparse closes an event at once when its first record is of a type that mostly comes alone (LOGIN, CONFIG_CHANGE of
#   old kernels, ...), so that the SYSCALL of the same serial becomes a second event; it does the same to late records,
#   and takes a record without node= for another event than one with it. We join all of them: the events of auparse that
#   share time and serial are joined here before they are compared.
# - Logs that auparse does not read, or reads in another way:
LEFT_OUT = {
    # In a syslog frame.
    'sc4s-nutanix-audispd-syslog.log': {'events'},
}


class AuEvent(ctypes.Structure):
    _fields_ = [('sec', ctypes.c_long), ('milli', ctypes.c_uint), ('serial', ctypes.c_ulong),
                ('host', ctypes.c_char_p)]


def load():
    for name in (ctypes.util.find_library('auparse'), 'libauparse.so.0'):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            library = None
        if library:
            break
    else:
        return None
    library.auparse_init.restype = ctypes.c_void_p
    library.auparse_init.argtypes = [ctypes.c_int, ctypes.c_char_p]
    library.auparse_get_timestamp.restype = ctypes.POINTER(AuEvent)
    for name in ('auparse_get_field_name', 'auparse_get_field_str', 'auparse_interpret_field'):
        getattr(library, name).restype = ctypes.c_char_p
    for name in ('auparse_get_timestamp', 'auparse_get_field_name', 'auparse_get_field_str', 'auparse_interpret_field',
                 'auparse_next_event', 'auparse_first_record', 'auparse_next_record', 'auparse_get_type',
                 'auparse_first_field', 'auparse_next_field', 'auparse_destroy'):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    library.auparse_set_escape_mode.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library


def text(value):
    return value.decode('latin-1') if value is not None else None


SYSCALL, CWD, EXECVE, PROCTITLE = 1300, 1307, 1309, 1327
# Field of a record -> ours; interpreted by auparse (decoded, looked up) or as it stands.
FIELDS = {
    (SYSCALL, 'exe'): ('Process Path', True),
    (SYSCALL, 'comm'): ('Command Name', True),
    (SYSCALL, 'pid'): ('Process ID', False),
    (SYSCALL, 'ppid'): ('Parent Process ID', False),
    (SYSCALL, 'success'): ('System Call Success', False),
    (SYSCALL, 'syscall'): ('System Call', True),
    (SYSCALL, 'auid'): ('Audit User ID', False),
    (SYSCALL, 'euid'): ('Effective User ID', False),
    (SYSCALL, 'ses'): ('Session ID', False),
    (CWD, 'cwd'): ('Working Directory', True),
    (PROCTITLE, 'proctitle'): ('Process Title', True),
}


class Oracle:
    """An event as auparse sees it."""

    def __init__(self):
        self.arguments = {}
        self.values = {}
        self.has_execve = False
        self.key_record = None

    def add(self, record_type, name, raw, interpreted):
        if record_type == EXECVE:
            self.has_execve = True
            match = re.fullmatch(r'a(\d+)(?:\[(\d+)\])?', name)
            if match:
                self.arguments.setdefault((int(match[1]), int(match[2] or 0)), interpreted)
        field = FIELDS.get((record_type, name))
        if name == 'key':
            # auparse makes one field of each key; the SYSCALL record comes before the others.
            if raw != '(null)' and self.key_record in (None, record_type):
                self.key_record = record_type
                key = self.values.get('Audit Key')
                self.values['Audit Key'] = interpreted if key is None else f'{key},{interpreted}'
        elif field:
            self.values.setdefault(field[0], interpreted if field[1] else raw)

    def join(self, other):
        self.has_execve |= other.has_execve
        for mine, theirs in ((self.arguments, other.arguments), (self.values, other.values)):
            for key, value in theirs.items():
                mine.setdefault(key, value)

    def command(self):
        words = collections.OrderedDict()
        for (argument, _), value in sorted(self.arguments.items()):
            words[argument] = words.get(argument, '') + value
        return ' '.join(words.values())


def read_auparse(library, path):
    state = library.auparse_init(SOURCE_FILE, str(path).encode())
    if not state:
        return None
    library.auparse_set_escape_mode(state, ESCAPE_RAW)
    events = {}
    while library.auparse_next_event(state) > 0:
        stamp = library.auparse_get_timestamp(state).contents
        event = Oracle()
        more_records = library.auparse_first_record(state)
        while more_records > 0:
            record_type = library.auparse_get_type(state)
            more_fields = library.auparse_first_field(state)
            while more_fields > 0:
                name = text(library.auparse_get_field_name(state))
                raw = text(library.auparse_get_field_str(state))
                if name and name.islower() and name not in ('type', 'node'):
                    wanted = record_type == EXECVE or name == 'key' or (record_type, name) in FIELDS
                    event.add(record_type, name, raw, text(library.auparse_interpret_field(state)) if wanted else raw)
                more_fields = library.auparse_next_field(state)
            more_records = library.auparse_next_record(state)
        key = (stamp.sec * 1000 + stamp.milli, stamp.serial)
        if key in events:
            events[key].join(event)
        else:
            events[key] = event
    library.auparse_destroy(state)
    return events


def read_ours(program, path, chunk_bytes):
    output = subprocess.run([program, '-c', str(chunk_bytes), str(path)], check=True, capture_output=True).stdout
    events = collections.defaultdict(list)
    unparsed = 0
    for line in output.decode('ascii').splitlines():
        row = json.loads(line)
        if row['isunparsed']:
            unparsed += 1
        else:
            events[(row['devicetime'], row['Audit Serial'])].append(row)
    return events, unparsed


def same(field, theirs, ours):
    ours = '' if ours is None else str(ours)
    if theirs in ('(null)', '(none)', '?', 'unset') and ours == '':
        return True
    if field == 'Process Title':
        # auparse shows the blanks between arguments as we do, and stops at what it takes for the end.
        return ours.split('\0')[0].rstrip() == theirs.rstrip() or ours.startswith(theirs)
    return theirs == ours


def compare_event(where, theirs, ours, left_out):
    differences = []
    if theirs.has_execve and theirs.command() != ours.get('Command', ''):
        # A C string ends at a NUL byte; an argument cannot hold one, but a forged log can.
        differences.append(f'{where}: Command is {ours.get("Command")!r}, auparse has {theirs.command()!r}')
    for field, value in theirs.values.items():
        if field not in left_out and not same(field, value, ours.get(field)):
            differences.append(f'{where}: {field} is {ours.get(field)!r}, auparse has {value!r}')
    return differences


def compare_file(library, program, path):
    left_out = LEFT_OUT.get(path.name, set())
    theirs = read_auparse(library, path)
    ours, unparsed = read_ours(program, path, 65536)
    differences = []
    for key in sorted(set(theirs) | set(ours)):
        where = f'{path.name}: {key[0]}:{key[1]}'
        if len(ours.get(key, ())) != (key in theirs) and 'events' not in left_out:
            differences.append(f'{where}: {len(ours.get(key, ()))} of ours, {int(key in theirs)} of auparse')
        elif key in theirs and len(ours.get(key, ())) == 1:
            differences += compare_event(where, theirs[key], ours[key][0], left_out)
    count = sum(len(rows) for rows in ours.values())
    commands = sum(event.has_execve for event in theirs.values())
    print(f'{path.name}: {count} events, {commands} with EXECVE, {unparsed} lines not understood, '
          f'{len(differences)} differences')
    return differences, ours


def compare_labels(path, ours):
    """The command lines in *.labels.tsv, where control characters are escapes and long lines are cut."""
    cut = 3000
    labels = path.with_name(path.name.replace('.log', '.labels.tsv'))
    differences = []
    if not labels.exists():
        return differences
    rows = labels.read_text(encoding='latin-1').split('\n')[1:]
    escapes = str.maketrans({'\n': '\\n', '\t': '\\t', '\r': '\\r'})
    for row in filter(None, rows):
        stamp, _, command = row.split('\t', 2)
        seconds, serial = stamp.split(':')
        got = ours.get((round(float(seconds) * 1000), int(serial)), [{}])[0].get('Command')
        got = got.translate(escapes) if got is not None else None
        if got is None or (got != command and (len(command) < cut or not got.startswith(command[:cut]))):
            differences.append(f'{labels.name}: {stamp}: Command is {got!r}, label has {command!r}')
    return differences


def main():
    program = sys.argv[1]
    folders = [pathlib.Path(name) for name in sys.argv[2:]]
    library = load()
    if not library:
        print('skipped: libauparse is not installed')
        return 77
    differences = []
    for folder in folders:
        if not folder.is_dir():
            print(f'skipped: there is no {folder}')
            continue
        for path in sorted(folder.glob('*.log')):
            found, ours = compare_file(library, program, path)
            differences += found + compare_labels(path, ours)
    for difference in differences[:50]:
        print(difference)
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())

# Looks for byte strings in the memory of processes and in files: a program of its own, so that what it looks for is not in a memory that it
# looks at. Standard input: {"pids": [...], "directories": [...], "needles": [[name, hex], ...]}. Standard output: {"bytes": {pid: scanned},
# "files": count, "found": [{"where", "needle", "mapping", "address", "around"}]}.

import json
import os
import sys

PAGE = 4096
PIECE = 16 * 1024 * 1024
# Of one string in one place.
FOUND_MAX = 5
AROUND = 48
PRESENT = 1 << 63
SWAPPED = 1 << 62
OF_A_FILE = 1 << 61


class Search:
    def __init__(self, needles):
        self.needles = needles
        self.overlap = max(len(needle) for needle in needles) - 1
        self.found = []
        self.counts = {}

    def read_range(self, read, where, mapping, start, end):
        """From `start` to `end`, in pieces that overlap, so that nothing hides at a boundary. Returns how many bytes could be read."""
        total = 0
        tail = b''
        at = start
        while at < end:
            piece = read(at, min(PIECE, end - at))
            if not piece:
                at += PAGE
                tail = b''
                continue
            total += len(piece)
            self.look(tail + piece, where, mapping, at - len(tail))
            at += len(piece)
            tail = piece[-self.overlap :]
        return total

    def look(self, piece, where, mapping, address):
        for needle, name in self.needles.items():
            count = self.counts.get((where, mapping, name), 0)
            begin = piece.find(needle) if count < FOUND_MAX else -1
            while begin >= 0 and count < FOUND_MAX:
                around = piece[max(0, begin - AROUND) : begin + len(needle) + AROUND].decode('latin1')
                place = {'where': where, 'needle': name, 'mapping': mapping, 'address': hex(address + begin), 'around': around}
                self.found.append(place)
                count += 1
                begin = piece.find(needle, begin + 1)
            self.counts[(where, mapping, name)] = count


def used_ranges(pagemap, start, end, is_writable):
    """Runs of pages that are there; not those of a file that nobody can have changed: they hold what the file holds."""
    pagemap.seek(start // PAGE * 8)
    entries = memoryview(pagemap.read((end - start) // PAGE * 8)).cast('Q')
    first = None
    for index, entry in enumerate(entries):
        is_used = entry & (PRESENT | SWAPPED) and (is_writable or not entry & OF_A_FILE)
        if is_used and first is None:
            first = index
        elif not is_used and first is not None:
            yield start + first * PAGE, start + index * PAGE
            first = None
    if first is not None:
        yield start + first * PAGE, start + len(entries) * PAGE


def search_process(search, pid):
    total = 0
    with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as memory, open(f'/proc/{pid}/pagemap', 'rb', 0) as pagemap:

        def read(at, length):
            try:
                memory.seek(at)
                return memory.read(length)
            except (OSError, ValueError):
                return b''

        for line in maps:
            fields = line.split(None, 5)
            if 'r' not in fields[1]:
                continue
            start, end = (int(text, 16) for text in fields[0].split('-'))
            name = fields[5].strip() if len(fields) > 5 else 'anonymous'
            if name.startswith('[v'):
                # What the kernel gives to every process: its clock.
                continue
            for first, last in used_ranges(pagemap, start, end, 'w' in fields[1]):
                total += search.read_range(read, str(pid), f'{fields[1]} {name}', first, last)
    return total


def search_file(search, path):
    for needle, name in search.needles.items():
        if needle in os.fsencode(path):
            search.found.append({'where': path, 'needle': name, 'mapping': 'name', 'address': '', 'around': ''})
    with open(path, 'rb', 0) as file:

        def read(at, length):
            file.seek(at)
            return file.read(length)

        search.read_range(read, path, 'file', 0, os.path.getsize(path))


def main():
    order = json.load(sys.stdin)
    search = Search({bytes.fromhex(text): name for name, text in order['needles']})
    scanned = {str(pid): search_process(search, pid) for pid in order['pids']}
    files = 0
    for directory in order['directories']:
        for folder, _, names in os.walk(directory):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    files += 1
                    search_file(search, path)
    json.dump({'bytes': scanned, 'files': files, 'found': search.found}, sys.stdout)


main()

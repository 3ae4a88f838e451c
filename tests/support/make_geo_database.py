#!/usr/bin/env python3
"""make_geo_database.py FILE: writes the database of places that the tests use, in MaxMind's format (version 2.0).

Addresses and places are made up, but for the coordinates of the cities. tests/data/geo/test.mmdb is its output; a test
compares them.
"""
import ipaddress
import struct
import sys

RECORD_BITS = 24
TYPES = {"text": 2, "double": 3, "bytes": 4, "u16": 5, "u32": 6, "map": 7, "i32": 8, "u64": 9, "u128": 10, "array": 11,
         "bool": 14, "float": 15}


class Value:
    def __init__(self, kind, value):
        self.kind = kind
        self.value = value


def control(kind, size):
    number = TYPES[kind]
    more = b""
    if size >= 29:
        assert size < 29 + 256
        size, more = 29, bytes([size - 29])
    if number > 7:
        return bytes([size, number - 7]) + more
    return bytes([number << 5 | size]) + more


def encode(value):
    if isinstance(value, dict):
        return control("map", len(value)) + b"".join(encode(key) + encode(member) for key, member in value.items())
    if isinstance(value, list):
        return control("array", len(value)) + b"".join(encode(member) for member in value)
    if isinstance(value, str):
        text = value.encode()
        return control("text", len(text)) + text
    if isinstance(value, bool):
        return control("bool", int(value))
    if isinstance(value, float):
        return control("double", 8) + struct.pack(">d", value)
    kind, number = value.kind, value.value
    if kind == "float":
        return control(kind, 4) + struct.pack(">f", number)
    if kind == "i32":
        return control(kind, 4) + struct.pack(">i", number)
    if kind == "bytes":
        return control(kind, len(number)) + number
    size = (number.bit_length() + 7) // 8
    return control(kind, size) + number.to_bytes(size, "big")


def u16(number):
    return Value("u16", number)


def u32(number):
    return Value("u32", number)


def names(english, german=None):
    return {"de": german or english, "en": english}


def place(city, german, country, country_code, continent, continent_code, latitude, longitude, zone):
    return {
        "city": {"geoname_id": u32(len(city) * 1000), "names": names(city, german)},
        "continent": {"code": continent_code, "names": names(continent)},
        "country": {"iso_code": country_code, "names": names(country)},
        "location": {"accuracy_radius": u16(20), "latitude": latitude, "longitude": longitude, "time_zone": zone},
        "postal": {"code": "10117"},
        "registered_country": {"iso_code": country_code, "names": names(country)},
        "subdivisions": [{"iso_code": "X1", "names": names("First")}, {"iso_code": "X2", "names": names("Second")}],
        "traits": {"is_anonymous_proxy": True, "network_speed": Value("float", 1.5), "delta": Value("i32", -5),
                   "serial": Value("u64", 2 ** 40), "mark": Value("bytes", b"\x00\xff"),
                   "wide": Value("u128", 2 ** 90)},
    }


BERLIN = place("Berlin", "Berlin", "Germany", "DE", "Europe", "EU", 52.520, 13.405, "Europe/Berlin")
TOKYO = place("Tokyo", "Tokio", "Japan", "JP", "Asia", "AS", 35.6762, 139.6503, "Asia/Tokyo")
NETWORKS = {
    "192.0.2.0/24": BERLIN,
    "198.51.100.0/25": TOKYO,
    "198.51.100.200/32": {"country": {"iso_code": "FR"}, "continent": {"names": {"de": "Europa"}}},
    "203.0.113.0/24": {"location": {"latitude": 0.0}, "city": {"names": names('S\u00e3o "Paulo"')}},
    "2001:db8::/32": BERLIN,
    "2001:db8:ffff::/48": TOKYO,
}


class Tree:
    def __init__(self):
        self.nodes = [[None, None]]

    def bits(self, network):
        number = int(network.network_address)
        length = network.prefixlen + (96 if network.version == 4 else 0)
        return [number >> (127 - i) & 1 for i in range(length)]

    def insert(self, network, leaf):
        at = 0
        path = self.bits(network)
        for bit in path[:-1]:
            child = self.nodes[at][bit]
            if not isinstance(child, int):
                self.nodes.append([child, child])  # a leaf above covers both halves
                child = self.nodes[at][bit] = len(self.nodes) - 1
            at = child
        self.nodes[at][path[-1]] = ("leaf", leaf)


def main():
    tree = Tree()
    data = b""
    offsets = {}
    for text in sorted(NETWORKS, key=lambda network: ipaddress.ip_network(network).prefixlen):
        record = encode(NETWORKS[text])
        if record not in offsets:
            offsets[record] = len(data)
            data += record
        tree.insert(ipaddress.ip_network(text), offsets[record])
    count = len(tree.nodes)
    body = b""
    for node in tree.nodes:
        for child in node:
            number = count if child is None else child if isinstance(child, int) else count + 16 + child[1]
            body += number.to_bytes(RECORD_BITS // 8, "big")
    metadata = {
        "binary_format_major_version": u16(2), "binary_format_minor_version": u16(0),
        "build_epoch": Value("u64", 1700000000),
        "database_type": "Test-City", "description": {"en": "places for tests"}, "ip_version": u16(6),
        "languages": ["de", "en"], "node_count": u32(count), "record_size": u16(RECORD_BITS),
    }
    with open(sys.argv[1], "wb") as file:
        file.write(body + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode(metadata))


main()

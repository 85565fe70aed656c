#!/usr/bin/env python3
"""A middle box that watches one interface of a router and answers every TLS ClientHello to port 3389 with a reset
in the server's name.  Like such boxes it does not forward through a TCP stack: its own TTL, a random IP id, no DF,
no time stamps.  Usage: forge-reset.py INTERFACE"""
import random, socket, struct, sys

ETHERTYPE_IPV4 = 0x0800


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def reset(source, destination, sport, dport, seq, ack):
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 5 << 4, 0x14, 0, 0, 0)
    pseudo = source + destination + struct.pack(">HH", socket.IPPROTO_TCP, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, random.randrange(1, 65536), 0, 246, socket.IPPROTO_TCP, 0,
                     source, destination)
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + tcp


tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE_IPV4))
tap.bind((sys.argv[1], ETHERTYPE_IPV4))
while True:
    frame = tap.recv(65535)
    ip = frame[14:]
    header = (ip[0] & 15) * 4
    if ip[9] != socket.IPPROTO_TCP:
        continue
    tcp = ip[header:struct.unpack(">H", ip[2:4])[0]]
    sport, dport, seq, ack = struct.unpack(">HHII", tcp[:12])
    payload = tcp[(tcp[12] >> 4) * 4:]
    if dport != 3389 or payload[:2] != b"\x16\x03" or payload[5:6] != b"\x01":
        continue
    answer = reset(ip[16:20], ip[12:16], dport, sport, ack, (seq + len(payload)) & 0xFFFFFFFF)
    tap.send(frame[6:12] + frame[:6] + frame[12:14] + answer)

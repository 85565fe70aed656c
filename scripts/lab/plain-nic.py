#!/usr/bin/env python3
"""Switch off the offloads of an interface, so that a capture shows the packets that cross the wire:
no segments larger than the MTU, no checksums left for a card to fill in.  Usage: plain-nic.py INTERFACE…"""
import array, fcntl, socket, struct, sys

SIOCETHTOOL = 0x8946
SETTERS = {0x15: "rx checksums", 0x17: "tx checksums", 0x1F: "tso", 0x24: "gso", 0x2C: "gro"}  # linux/ethtool.h

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    for interface in sys.argv[1:]:
        for command, name in SETTERS.items():
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), value.buffer_info()[0])
            try:
                fcntl.ioctl(control, SIOCETHTOOL, request)
            except OSError as e:
                print(f"{interface}: {name}: {e}", file=sys.stderr)

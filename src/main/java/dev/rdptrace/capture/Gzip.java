package dev.rdptrace.capture;

import dev.rdptrace.bytes.Errors;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// gzip, RFC 1952, any number of members. Unlike the class library's it never asks a pipe whether more is there to find
/// out where the file ends, and gives what it has before it complains.
final class Gzip extends BlockStream {
    private final InputStream in;
    private final byte[] buffer = new byte[16 << 10];
    private final Inflater inflater = new Inflater(true);
    private final CRC32 check = new CRC32();
    private int at;
    private int end;
    private boolean inside;
    private boolean ended;
    private int members;

    Gzip(InputStream in) {
        this.in = in;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (!ended) {
            if (!inside && !header()) {
                ended = true;
                inflater.end();
                break;
            }
            int read;
            try {
                read = inflater.inflate(bytes, offset, length);
            } catch (DataFormatException e) {
                throw new Damage("has damaged gzip data (" + Errors.message(e) + ")");
            }
            if (read > 0) {
                check.update(bytes, offset, read);
                return read;
            }
            if (inflater.finished()) {
                at = end - inflater.getRemaining();
                trailer();
            } else if (inflater.needsDictionary()) {
                throw new Damage("has damaged gzip data (wants a dictionary)");
            } else {
                if (!fill()) {
                    throw new Damage("ends inside its gzip data");
                }
                inflater.setInput(buffer, 0, end);
            }
        }
        return -1;
    }

    private boolean fill() throws IOException {
        int read = in.read(buffer, 0, buffer.length);
        at = 0;
        end = Math.max(0, read);
        return read > 0;
    }

    /// The next byte, or -1.
    private int next() throws IOException {
        return at < end || fill() ? buffer[at++] & 0xff : -1;
    }

    private int must() throws IOException {
        int next = next();
        if (next < 0) {
            throw new Damage("ends inside its gzip data");
        }
        return next;
    }

    /// Reads a member's header; `false` at the end. Padding behind the last member is not a member.
    private boolean header() throws IOException {
        int first = next();
        if (first < 0 || first != 0x1f && members > 0) {
            return false;
        }
        int second = next();
        if (second != 0x8b && members > 0) {
            return false;
        }
        if (must() != 8) {
            throw new Damage("has gzip data of an unknown method");
        }
        int flags = must();
        for (int i = 0; i < 6; i++) {
            must();
        }
        if ((flags & 4) != 0) {
            for (int extra = must() | must() << 8; extra > 0; extra--) {
                must();
            }
        }
        if ((flags & 8) != 0) {
            skipText();
        }
        if ((flags & 16) != 0) {
            skipText();
        }
        if ((flags & 2) != 0) {
            must();
            must();
        }
        inflater.reset();
        inflater.setInput(buffer, at, end - at);
        check.reset();
        inside = true;
        members++;
        return true;
    }

    private void skipText() throws IOException {
        int next;
        do {
            next = must();
        } while (next != 0);
    }

    private void trailer() throws IOException {
        int sum = must() | must() << 8 | must() << 16 | must() << 24;
        if (sum != (int) check.getValue()) {
            throw new Damage("has gzip data with a wrong checksum");
        }
        for (int i = 0; i < 4; i++) {
            must();
        }
        inside = false;
    }
}

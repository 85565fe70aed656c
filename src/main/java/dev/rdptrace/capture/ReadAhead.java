package dev.rdptrace.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;

/// Unpacks in a thread of its own, so that packets are looked at meanwhile. What has come is handed on at once; what goes
/// wrong is told when everything before it has been read.
final class ReadAhead extends BlockStream {
    /// What [Compressed] gives at a time.
    private static final int PIECE = 16 << 10;
    private static final int PIECES = 32;

    private final InputStream stream;
    private final byte[][] pieces = new byte[PIECES][PIECE];
    private final int[] lengths = new int[PIECES];
    private int first;
    private int taken; // bytes of the first piece
    private int filled;
    private boolean ended;
    private boolean closed;
    private @Nullable IOException failure;

    /// @param stream is closed by the thread that reads it
    ReadAhead(InputStream stream) {
        this.stream = stream;
        Thread.ofPlatform().daemon().name("read-ahead").start(this::readOn);
    }

    private void readOn() {
        IOException wrong = null;
        try (stream) {
            for (int next = awaitFree(); next >= 0; next = awaitFree()) {
                int count = stream.read(pieces[next], 0, PIECE);
                if (count < 0) {
                    break;
                }
                fill(next, count);
            }
        } catch (IOException e) {
            wrong = e;
        } catch (RuntimeException | Error e) {
            wrong = new IOException(e);
        } finally {
            end(wrong);
        }
    }

    /// Which piece is to be filled next, or -1 where nobody wants it any more.
    private synchronized int awaitFree() throws IOException {
        while (filled == PIECES && !closed) {
            pause();
        }
        return closed ? -1 : (first + filled) % PIECES;
    }

    private synchronized void fill(int piece, int length) {
        lengths[piece] = length;
        filled += length > 0 ? 1 : 0;
        notifyAll();
    }

    private synchronized void end(@Nullable IOException wrong) {
        failure = wrong;
        ended = true;
        notifyAll();
    }

    private void pause() throws IOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!awaitFilled()) {
            return -1;
        }
        int count = Math.min(length, lengths[first] - taken);
        System.arraycopy(pieces[first], taken, bytes, offset, count);
        taken += count;
        if (taken == lengths[first]) {
            free();
        }
        return count;
    }

    private synchronized boolean awaitFilled() throws IOException {
        while (filled == 0 && !ended) {
            pause();
        }
        if (filled == 0 && failure != null) {
            throw failure;
        }
        return filled > 0;
    }

    private synchronized void free() {
        taken = 0;
        first = (first + 1) % PIECES;
        filled--;
        notifyAll();
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}

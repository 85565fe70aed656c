package dev.rdptrace.spark;

import dev.rdptrace.KeptSource.Block;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/// The blocks of one recording, which may be wanted again, in a temporary file.
final class Spool implements Closeable {
    private final Path file;
    private final DataOutputStream out;
    private final List<DataInputStream> opened = new ArrayList<>();
    private int blocks;

    Spool() throws IOException {
        file = Files.createTempFile("rdptrace-", ".blocks");
        out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
    }

    void add(Block block) throws IOException {
        out.writeInt(block.file());
        out.writeInt(block.order());
        out.writeInt(block.bytes().length);
        out.write(block.bytes());
        blocks++;
    }

    /// From the first block on; no more can be added.
    Iterator<Block> again() {
        try {
            out.close();
            DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
            opened.add(in);
            return new Iterator<>() {
                private int read;

                @Override
                public boolean hasNext() {
                    return read < blocks;
                }

                @Override
                public Block next() {
                    if (!hasNext()) {
                        throw new NoSuchElementException();
                    }
                    read++;
                    try {
                        int of = in.readInt();
                        int order = in.readInt();
                        return new Block(of, order, in.readNBytes(in.readInt()));
                    } catch (IOException broken) {
                        throw new UncheckedIOException(broken);
                    }
                }
            };
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
        for (DataInputStream in : opened) {
            in.close();
        }
        Files.deleteIfExists(file);
    }
}

package dev.rdptrace.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GrowingFileTest {
    @TempDir private Path folder;

    @Test
    void tellsEveryByteOnceInOrderFromTheMomentTheFileExists() throws Exception {
        Path file = folder.resolve("keys.log");
        GrowingFile growing = new GrowingFile(file);
        assertEquals("", soon(growing));
        Files.writeString(file, "CLIENT_RAN");
        assertEquals("CLIENT_RAN", soon(growing));
        assertEquals("", soon(growing));
        Files.writeString(file, "DOM 00 11\n", StandardOpenOption.APPEND);
        assertEquals("DOM 00 11\n", soon(growing));
    }

    @Test
    void readsAFileThatWasBegunAgainFromItsStart() throws Exception {
        Path file = folder.resolve("keys.log");
        Files.writeString(file, "the first, a longer one");
        GrowingFile growing = new GrowingFile(file);
        soon(growing);
        Files.writeString(file, "the second");
        assertEquals("the second", soon(growing));
    }

    @Test
    void tellsALongFileInPieces() throws Exception {
        Path file = folder.resolve("keys.log");
        byte[] content = new byte[(1 << 20) + 12_345];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31);
        }
        Files.write(file, content);
        GrowingFile growing = new GrowingFile(file);
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        told.write(next(growing));
        told.write(next(growing));
        assertArrayEquals(content, told.toByteArray());
    }

    private static String soon(GrowingFile file) throws Exception {
        return new String(next(file), java.nio.charset.StandardCharsets.US_ASCII);
    }

    /// It does not look at the disk all the time.
    private static byte[] next(GrowingFile file) throws InterruptedException, IOException {
        Thread.sleep(3);
        return file.get();
    }
}

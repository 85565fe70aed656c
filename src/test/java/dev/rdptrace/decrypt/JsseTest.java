package dev.rdptrace.decrypt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The JDK's own TLS speaks to itself in memory, with suites that OpenSSL has dropped: 3DES, RC4 and RSA key exchange.
/// The server's RSA key opens what they said.
class JsseTest {
    private static final Path FOLDER = Path.of("src/test/resources/tls");
    private static final String LINE = "the quick brown fox\n".repeat(40);

    @Test
    void rsaKeyExchangeOpensInEveryVersionAndCipher() throws IOException, GeneralSecurityException {
        String before = Security.getProperty("jdk.tls.disabledAlgorithms");
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.tls.legacyAlgorithms", "");
        List<String> done = new ArrayList<>();
        try {
            SSLContext context = context();
            for (String version : List.of("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2")) {
                for (String suite : context.getSupportedSSLParameters().getCipherSuites()) {
                    if (suite.matches("(TLS|SSL)_RSA_WITH_(AES_128_CBC|3DES|RC4|NULL_SHA|AES_256_GCM|AES_256_CBC).*")) {
                        converse(context, version, suite, done);
                    }
                }
            }
        } finally {
            Security.setProperty("jdk.tls.disabledAlgorithms", before);
        }
        Assumptions.assumeFalse(done.isEmpty(), "this JDK does not speak old TLS any more");
        assertThat(done).allMatch(line -> line.startsWith("opened"));
        assertThat(done).anyMatch(line -> line.contains("3DES")).anyMatch(line -> line.contains("RC4"));
    }

    private static void converse(SSLContext context, String version, String suite, List<String> done) {
        SSLEngine client = context.createSSLEngine();
        SSLEngine server = context.createSSLEngine();
        client.setUseClientMode(true);
        server.setUseClientMode(false);
        for (SSLEngine engine : List.of(client, server)) {
            engine.setEnabledProtocols(new String[] {version});
            engine.setEnabledCipherSuites(new String[] {suite});
        }
        Secrets secrets = new Secrets(new KeyLog());
        Driver driver;
        try {
            secrets.add(((RsaKey.Loaded.Opened) RsaKey.load(Files.readAllBytes(FOLDER.resolve("rsa.key")), new char[0])).key());
            driver = new Driver(secrets);
            ByteBuffer[] wires = {ByteBuffer.allocate(100_000), ByteBuffer.allocate(100_000)};
            ByteBuffer[] words = {text(), text()};
            ByteBuffer sink = ByteBuffer.allocate(100_000);
            for (int turn = 0; turn < 60; turn++) {
                for (int side = 0; side < 2; side++) {
                    SSLEngine engine = side == 0 ? client : server;
                    int from = wires[side].position();
                    engine.wrap(words[side], wires[side]);
                    runTasks(engine);
                    byte[] sent = java.util.Arrays.copyOfRange(wires[side].array(), from, wires[side].position());
                    driver.accept(side == 0, sent);
                    SSLEngine other = side == 0 ? server : client;
                    wires[side].flip();
                    SSLEngineResult result;
                    do {
                        result = other.unwrap(wires[side], sink);
                        runTasks(other);
                        sink.clear();
                    } while (result.bytesConsumed() > 0 && wires[side].hasRemaining());
                    wires[side].compact();
                }
            }
        } catch (SSLException e) {
            return; // not in this version
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        boolean opened = driver.client.toString(StandardCharsets.US_ASCII).equals(LINE)
                && driver.server.toString(StandardCharsets.US_ASCII).equals(LINE);
        done.add((opened ? "opened " : "closed ") + version + " " + suite + " " + driver.answers);
    }

    private static ByteBuffer text() {
        return ByteBuffer.wrap(LINE.getBytes(StandardCharsets.US_ASCII));
    }

    private static void runTasks(SSLEngine engine) {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            task.run();
        }
    }

    private static SSLContext context() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(FOLDER.resolve("rsa.p12"))) {
            store.load(in, "secret".toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "secret".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[] {new Trusting()}, null);
        return context;
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

package dev.rdptrace.watch;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Figures for Prometheus, text exposition format 0.0.4, at `/metrics`; `/healthz` answers as long as the process does.
///
/// A request has to come and its answer to be taken within [#SECONDS].
public final class Metrics implements AutoCloseable {
    private static final int SECONDS = 5;

    private final InetSocketAddress wanted;
    private final HttpServer server;
    /// One for each request: who sends half of one keeps nobody but himself waiting.
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /// @param page the current figures
    public Metrics(InetSocketAddress wanted, Supplier<String> page) throws IOException {
        this.wanted = wanted;
        limit();
        server = HttpServer.create();
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange, page);
            }
        });
    }

    /// The server looks at these when it is first made, and only then.
    static void limit() {
        for (String limited : List.of("sun.net.httpserver.maxReqTime", "sun.net.httpserver.maxRspTime")) {
            if (System.getProperty(limited) == null) {
                System.setProperty(limited, String.valueOf(SECONDS));
            }
        }
    }

    /// RFC 9110 9.3 and 15.5.6: the figures can be had and not be changed.
    private static void answer(HttpExchange exchange, Supplier<String> page) throws IOException {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        boolean health = path.equals("/healthz");
        boolean known = path.equals("/metrics") || health;
        boolean head = method.equals("HEAD");
        boolean wrong = !head && !method.equals("GET");
        byte[] body = (wrong ? "GET only\n" : health ? "ok\n" : known ? page.get() : "see /metrics\n").getBytes(StandardCharsets.UTF_8);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", known && !health && !wrong ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8");
        if (wrong) {
            headers.set("Allow", "GET, HEAD");
        }
        if (head) {
            headers.set("Content-Length", String.valueOf(body.length));
        }
        exchange.sendResponseHeaders(wrong ? 405 : known ? 200 : 404, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    /// From now on it answers.
    public void open() throws IOException {
        server.bind(wanted, 16);
        server.start();
    }

    /// Where it listens; the port is known even when 0 was asked for.
    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}

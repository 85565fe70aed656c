package dev.rdptrace.watch;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Figures for Prometheus, text exposition format 0.0.4, at `/metrics`.
public final class Metrics implements AutoCloseable {
    private final InetSocketAddress wanted;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("metrics").factory());

    /// @param page the current figures
    public Metrics(InetSocketAddress wanted, Supplier<String> page) throws IOException {
        this.wanted = wanted;
        server = HttpServer.create();
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            boolean known = exchange.getRequestURI().getPath().equals("/metrics");
            byte[] body = (known ? page.get() : "see /metrics\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", known ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(known ? 200 : 404, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
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

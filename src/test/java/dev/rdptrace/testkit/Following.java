package dev.rdptrace.testkit;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.StreamListener;
import java.io.IOException;
import java.util.function.Function;
import java.util.function.IntPredicate;

/// Follows what goes to certain ports, whatever is in it, and nothing else.
///
/// @param ports of servers
/// @param listener for each connection
public record Following(IntPredicate ports, Function<Connection, StreamListener> listener) implements Connections.Interest {
    /// Where RDP listens.
    public static Following rdp(Function<Connection, StreamListener> listener) {
        return new Following(port -> port == 3389, listener);
    }

    /// Every connection there is.
    public static Following everything(Function<Connection, StreamListener> listener) {
        return new Following(_ -> true, listener);
    }

    /// Takes the TCP packets of a capture through `connections`, to its end.
    public static void through(Connections connections, PacketSource source) throws IOException {
        Packet packet = new Packet();
        Frame frame = new Frame();
        while (source.next(frame)) {
            if (packet.wrap(frame) == Verdict.TCP) {
                connections.accept(packet, frame.number(), frame.nanos());
            }
        }
        connections.end();
    }

    @Override
    public boolean port(int port) {
        return ports.test(port);
    }

    @Override
    public Connections.Speaker firstPayload(int port, byte[] bytes, int offset, int length) {
        return Connections.Speaker.NOBODY;
    }

    @Override
    public StreamListener follow(Connection connection) {
        return listener.apply(connection);
    }
}

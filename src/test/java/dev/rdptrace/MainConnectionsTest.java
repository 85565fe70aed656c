package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.timeline.DatagramFacts;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.timeline.SideTransport.Repeated;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MainConnectionsTest {
    private static final int MANY = 70_000;

    private static Endpoint host(int number, int port) {
        return new Endpoint(0, 0xffff_0a00_0000L + number, port);
    }

    private static SideTransport between(Endpoint client, Endpoint server) {
        return new SideTransport(0, client, server, Repeated.NEVER, Repeated.NEVER, new SideTransport.Offer(1, false, "", "", 1232),
                new SideTransport.Path(Optional.empty(), Moment.NEVER, 0), new SideTransport.SynAck(0, Moment.NEVER, -1),
                new SideTransport.Security(Repeated.NEVER, Moment.NEVER, Moment.NEVER, 0, null), SideTransport.Tunnel.NONE,
                (DatagramFacts) null, null);
    }

    @Test
    void whoCameAfterManyOthersStillOwnsHisTransport() {
        MainConnections overTcp = new MainConnections();
        Endpoint server = host(MANY, 3389);
        for (int client = 0; client < MANY; client++) {
            overTcp.begins(host(client, 50_000), server);
        }
        SideTransport owned = between(host(MANY - 1, 50_001), server);
        SideTransport nobodys = between(host(MANY + 1, 50_001), server);
        assertThat(overTcp.withoutOne(List.of(owned, nobodys))).containsExactly(nobodys);
    }
}

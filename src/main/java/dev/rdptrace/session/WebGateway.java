package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.session.GatewayChannels.Tunnel;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.GatewayFacts.Web;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.gateway.CleanPath;
import dev.rdptrace.wire.x224.FirstBytes;
import java.util.Optional;

/// RDP that a browser speaks in a WebSocket: RDCleanPath, and then what stands inside the TLS that the gateway has with the host; or the
/// bytes of RDP as they are, with that TLS in them. The client's first bytes tell, and are of neither in any other WebSocket.
final class WebGateway {
    private final EventLog story;
    private final Tunnel tunnel;
    private Web.Carrier carrier = Web.Carrier.NONE;
    private boolean foreign;
    private boolean answered;
    private Optional<CleanPath.Refusal> refusal = Optional.empty();
    private Web.Close close = Web.Close.NONE;

    WebGateway(EventLog story, Tunnel tunnel) {
        this.story = story;
        this.tunnel = tunnel;
    }

    /// What is said is no RDP, or none that can be read.
    boolean foreign() {
        return foreign;
    }

    Web facts() {
        return new Web(carrier, refusal, close);
    }

    /// Takes what `from` has said in binary frames.
    void read(Side from, ByteQueue in, Moment at) {
        if (carrier == Web.Carrier.NONE && from == Side.CLIENT && !foreign) {
            begins(in, at);
        }
        if (foreign) {
            in.clear();
        } else if (carrier == Web.Carrier.BYTES) {
            answered(from, at);
            tunnel.inner.data(from, in.copy(in.length()), at);
            in.clear();
        } else if (carrier == Web.Carrier.CLEAN_PATH) {
            path(from, in, at);
        }
    }

    private void begins(ByteQueue in, Moment at) {
        if (CleanPath.begins(in.array(), in.start(), in.length())) {
            carrier = in.length() < CleanPath.SHORTEST ? Web.Carrier.NONE : Web.Carrier.CLEAN_PATH;
        } else if (FirstBytes.of(in.array(), in.start(), in.length()) instanceof Decoded.Complete<FirstBytes>(var first, _)) {
            foreign = !first.kind().isRdp();
            carrier = foreign ? Web.Carrier.NONE : Web.Carrier.BYTES;
            tunnel.hostAsked = foreign ? Moment.NEVER : at;
        }
    }

    private void answered(Side from, Moment at) {
        if (from == Side.SERVER && !tunnel.opened) {
            tunnel.opened = true;
            tunnel.hostAnswered = at;
        }
    }

    private void path(Side from, ByteQueue in, Moment at) {
        if (from == Side.CLIENT ? tunnel.hostAsked.seen() : answered) {
            tunnel.inner.opened(from, in.copy(in.length()), at);
            in.clear();
            return;
        }
        switch (CleanPath.decode(in.array(), in.start(), in.length())) {
            case Decoded.Complete<CleanPath>(var message, int length) -> {
                in.take(length);
                story.event(at, from, Kind.GATEWAY, Phase.GATEWAY, message);
                said(from, message, at);
                if (in.length() > 0) {
                    read(from, in, at);
                }
            }
            case Decoded.Partial<CleanPath> _ -> {}
            case Decoded.Broken<CleanPath>(var fault) -> {
                story.event(at, from, Kind.UNEXPECTED, Phase.GATEWAY, new Happening.Unreadable("an RDCleanPath message", fault));
                foreign = true;
                in.clear();
            }
        }
    }

    private void said(Side from, CleanPath message, Moment at) {
        switch (message) {
            case CleanPath.Request request when from == Side.CLIENT -> {
                tunnel.target = request.destination();
                tunnel.hostAsked = at;
                tunnel.inner.data(from, request.x224().toArray(), at);
            }
            case CleanPath.Answer answer when from == Side.SERVER -> {
                answered = true;
                answered(from, at);
                tunnel.inner.data(from, answer.x224().toArray(), at);
                tunnel.inner.behindTls(answer.certificates(), at);
            }
            case CleanPath.Refusal refused when from == Side.SERVER -> {
                answered = true;
                refusal = Optional.of(refused);
                tunnel.hostAnswered = at;
                tunnel.inner.data(from, refused.x224().toArray(), at);
            }
            case CleanPath.Request _,CleanPath.Answer _,CleanPath.Refusal _ -> foreign = true; // of the wrong side
        }
    }

    /// RFC 6455 5.5.1: the gateway closes the WebSocket.
    void closed(int code, String reason, Moment at) {
        close = close.at().seen() ? close : new Web.Close(code, reason, at);
    }
}

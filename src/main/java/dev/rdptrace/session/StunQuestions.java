package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.timeline.Companions.PublicAddress;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.wire.udp.StunMessage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Who asked whom for his public address or for a relay. Bounded.
final class StunQuestions {
    private static final int LIMIT = 256;

    private final Map<String, PublicAddress> questions = new LinkedHashMap<>();

    void accept(Endpoint source, Endpoint destination, byte[] bytes, int offset, int length, Moment at) {
        if (!(StunMessage.decode(bytes, offset, length) instanceof Decoded.Complete<StunMessage>(var message, _))) {
            return;
        }
        Endpoint client = message.request() ? source : destination;
        Endpoint server = message.request() ? destination : source;
        String key = client.address() + ' ' + server + (message.relay() ? " relay" : "");
        PublicAddress before = questions.get(key);
        if (before == null) {
            if (message.request() && questions.size() < LIMIT) {
                questions.put(key, new PublicAddress(client.address(), server, message.relay(), at, at, 1, Moment.NEVER, false, 0));
            }
        } else if (message.request()) {
            questions.put(key, new PublicAddress(before.client(), server, before.relay(), before.asked(), at, before.asks() + 1,
                    before.answered(), before.granted(), before.errorCode()));
        } else {
            questions.put(key, new PublicAddress(before.client(), server, before.relay(), before.asked(), before.lastAsked(), before.asks(),
                    before.answered().seen() ? before.answered() : at, before.granted() || !message.refused(),
                    message.errorCode()));
        }
    }

    void forgetBefore(long nanos) {
        questions.values().removeIf(question -> question.lastAsked().nanos() < nanos);
    }

    List<PublicAddress> all() {
        return List.copyOf(questions.values());
    }
}

package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.Protocols;
import java.util.Optional;

/// Which step should have come next.
final class NextStep {
    private NextStep() {}

    static Optional<Step> next(Case c) {
        if (c.failure().isPresent()) {
            return Optional.empty();
        }
        Step last = c.attempt().furthest().orElse(null);
        if (last == null) {
            return Optional.of(Step.SYN);
        }
        Protocols selected = c.selected();
        return Optional.ofNullable(switch (last) {
            case SYN -> Step.SYN_ACK;
            case SYN_ACK -> Step.ESTABLISHED;
            case ESTABLISHED -> Attempt.direct(c.attempt().preconnected(), c.attempt().server()) ? Step.CLIENT_HELLO : Step.REQUEST;
            case REQUEST -> Step.CONFIRM;
            case CONFIRM -> selected.usesTls() ? Step.CLIENT_HELLO : Step.CONNECT_INITIAL;
            case CLIENT_HELLO, SECOND_CLIENT_HELLO -> Step.SERVER_HELLO;
            case HELLO_RETRY -> Step.SECOND_CLIENT_HELLO;
            case SERVER_HELLO, CERTIFICATE -> Step.SERVER_FLIGHT;
            case SERVER_FLIGHT -> Step.CLIENT_FINISHED;
            case CLIENT_KEY_EXCHANGE -> Step.CLIENT_FINISHED;
            case CLIENT_FINISHED -> Step.TLS_DONE;
            case TLS_DONE -> selected.usesCredSsp() ? Step.TOKEN : selected.has(Protocols.RDSTLS) ? Step.RDSTLS_CAPABILITIES
                    : selected.has(Protocols.RDSAAD) ? Step.AAD_NONCE : Step.CONNECT_INITIAL;
            case TOKEN -> Step.CHALLENGE;
            case CHALLENGE -> Step.AUTHENTICATE;
            case AUTHENTICATE -> Step.ACCEPTED;
            case ACCEPTED -> Step.CREDENTIALS;
            case REFUSED -> null;
            case CREDENTIALS -> selected.has(Protocols.HYBRID_EX) ? Step.EARLY_AUTHORIZATION : Step.CONNECT_INITIAL;
            case EARLY_AUTHORIZATION -> Step.CONNECT_INITIAL;
            case RDSTLS_CAPABILITIES -> Step.RDSTLS_REQUEST;
            case RDSTLS_REQUEST -> Step.RDSTLS_RESULT;
            case RDSTLS_RESULT -> Step.CONNECT_INITIAL;
            case AAD_NONCE -> Step.AAD_REQUEST;
            case AAD_REQUEST -> Step.AAD_RESULT;
            case AAD_RESULT -> Step.CONNECT_INITIAL;
            case CONNECT_INITIAL -> Step.CONNECT_RESPONSE;
            case CONNECT_RESPONSE, ERECT_DOMAIN -> Step.ATTACH_USER;
            case ATTACH_USER -> Step.ATTACH_CONFIRM;
            case ATTACH_CONFIRM -> Step.CHANNEL_JOIN;
            case CHANNEL_JOIN -> Step.CHANNELS_JOINED;
            case CHANNELS_JOINED, SECURITY_EXCHANGE -> Step.CLIENT_INFO;
            case CLIENT_INFO -> Step.LICENSE;
            case LICENSE -> Step.LICENSE_DONE;
            case LICENSE_DONE -> Step.DEMAND_ACTIVE;
            case DEMAND_ACTIVE -> Step.CONFIRM_ACTIVE;
            case CONFIRM_ACTIVE -> Step.FONT_LIST;
            case FONT_LIST -> Step.FONT_MAP;
            case FONT_MAP -> null;
        });
    }
}

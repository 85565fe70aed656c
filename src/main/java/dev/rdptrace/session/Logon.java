package dev.rdptrace.session;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.AuthenticationFacts.Answer;
import dev.rdptrace.timeline.AuthenticationFacts.Mechanism;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.aad.AadPdu;
import dev.rdptrace.wire.credssp.AuthToken;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.Kerberos;
import dev.rdptrace.wire.credssp.Ntlm;
import dev.rdptrace.wire.credssp.Spnego;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.NtStatus;
import dev.rdptrace.wire.field.Status;
import dev.rdptrace.wire.field.WindowsTime;
import dev.rdptrace.wire.rdstls.RdstlsPdu;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The authentication inside TLS where it can be read: CredSSP, RDSTLS and RDS-AAD, message by message.
final class Logon {
    private final Story story;

    private boolean any;
    private Mechanism mechanism = Mechanism.NONE;
    private Answer answer = Answer.NONE;
    private int clientVersion = -1;
    private int serverVersion = -1;
    private int status;
    private int earlyAuthorization = -1;
    private int result;
    private int kerberosError = -1;
    private long clockSkewNanos = AuthenticationFacts.NO_SKEW;
    private String user = "";
    private boolean rejected;

    Logon(Story story) {
        this.story = story;
    }

    // ---- CredSSP ----

    void tsRequest(Side side, TsRequest request, Moment at) {
        any = true;
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("version", request.version());
        List<String> says = new ArrayList<>();
        if (side == Side.CLIENT) {
            clientVersion = request.version();
        } else {
            serverVersion = request.version();
        }
        for (TsRequest.Token token : request.negoTokens()) {
            token(side, token.token(), at, says, fields);
        }
        if (request.clientNonce()) {
            fields.put("clientNonce", true);
        }
        if (request.hasPubKeyAuth()) {
            fields.put("pubKeyAuthBytes", request.pubKeyAuthLength());
        }
        if (request.authInfo()) {
            fields.put("authInfo", true);
        }
        steps(side, request, at);
        request.errorCode().ifPresent(error -> {
            fields.put("errorCode", Hex.code32(error.code()));
            Code code = Status.of(error.code());
            fields.put("errorName", code.name());
            says.add("error " + named(code));
        });
        if (request.hasPubKeyAuth()) {
            says.add(side == Side.CLIENT ? "proof of the server's public key" : "public key confirmed: the server accepts");
        }
        if (request.authInfo()) {
            says.add("delegated credentials");
        }
        event(at, side, Phase.CREDSSP, Kind.CREDSSP, "CredSSP " + request.version() + ": " + (says.isEmpty() ? "empty" : String.join(", ", says)),
                "credssp", fields);
    }

    private void steps(Side side, TsRequest request, Moment at) {
        if (side == Side.CLIENT) {
            if (request.authInfo()) {
                story.reached(Step.CREDENTIALS, at);
            } else if (request.hasPubKeyAuth() || request.find(Ntlm.Authenticate.class).isPresent()) {
                story.reached(Step.AUTHENTICATE, at);
            } else if (story.has(Step.CHALLENGE) && !story.has(Step.AUTHENTICATE)) {
                story.anotherToken(at); // user to user: the ticket; or what SPNEGO fell back to
            } else {
                story.reached(Step.TOKEN, at);
            }
            return;
        }
        if (request.errorCode().isPresent() && !request.errorCode().get().isSuccess() || rejected) {
            status = request.errorCode().map(NtStatus::code).orElse(0);
            answer = Answer.STATUS;
            story.reached(Step.REFUSED, at);
        } else if (request.hasPubKeyAuth()) {
            answer = Answer.ACCEPTED;
            story.reached(Step.ACCEPTED, at);
        } else if (!story.has(Step.AUTHENTICATE)) {
            story.reached(Step.CHALLENGE, at);
        }
    }

    /// One token of a security package, wherever it stands.
    void token(Side side, AuthToken token, Moment at, List<String> says, Map<String, Object> fields) {
        switch (token) {
            case Spnego.Init init -> {
                Map<String, Object> spnego = new LinkedHashMap<>();
                spnego.put("mechanisms", init.mechanisms().stream().map(m -> m.name()).toList());
                spnego.put("mechanismOids", init.mechanisms().stream().map(m -> m.oid()).toList());
                fields.put("spnego", spnego);
                if (mechanism == Mechanism.NONE && side == Side.CLIENT) {
                    mechanism = Mechanism.NEGOTIATING;
                }
                says.add("SPNEGO offers " + String.join(" ", init.mechanisms().stream().map(m -> m.name()).toList()));
                init.mechToken().ifPresent(inner -> token(side, inner, at, says, fields));
            }
            case Spnego.Response response -> {
                Map<String, Object> spnego = new LinkedHashMap<>();
                if (response.negState() >= 0) {
                    spnego.put("negState", response.negStateName());
                }
                response.supportedMech().ifPresent(m -> {
                    spnego.put("supportedMech", m.name());
                    spnego.put("supportedMechOid", m.oid());
                    says.add("SPNEGO chooses " + m.name());
                });
                fields.put("spnego", spnego);
                if (response.negState() == Spnego.Response.REJECT) {
                    rejected |= side == Side.SERVER;
                    says.add("SPNEGO reject");
                }
                response.responseToken().ifPresent(inner -> token(side, inner, at, says, fields));
            }
            case Ntlm ntlm -> ntlm(ntlm, at, says, fields);
            case Kerberos kerberos -> kerberos(kerberos, at, says, fields);
            case AuthToken.Unknown unknown -> {
                if (!unknown.begins().isEmpty()) {
                    fields.put("excerpt", unknown.begins());
                }
                says.add("a token of " + unknown.length() + " bytes"
                        + (unknown.begins().isEmpty() ? "" : " that begins with " + unknown.begins()));
            }
            case AuthToken.Unreadable unreadable -> says.add("a token that cannot be read: " + unreadable.fault());
        }
    }

    private void ntlm(Ntlm message, Moment at, List<String> says, Map<String, Object> fields) {
        Map<String, Object> ntlm = new LinkedHashMap<>();
        fields.put("ntlm", ntlm);
        if (mechanism != Mechanism.KERBEROS) {
            mechanism = fields.containsKey("spnego") || mechanism == Mechanism.NTLM_IN_SPNEGO || mechanism == Mechanism.NEGOTIATING
                    ? Mechanism.NTLM_IN_SPNEGO : Mechanism.NTLM;
        }
        switch (message) {
            case Ntlm.Negotiate negotiate -> {
                ntlm.put("message", "NEGOTIATE");
                flags(ntlm, negotiate);
                put(ntlm, "domain", negotiate.domain());
                put(ntlm, "workstation", negotiate.workstation());
                version(ntlm, negotiate.version());
                says.add("NTLM NEGOTIATE" + from(negotiate.domain(), negotiate.workstation()));
            }
            case Ntlm.Challenge challenge -> {
                ntlm.put("message", "CHALLENGE");
                flags(ntlm, challenge);
                put(ntlm, "targetName", challenge.targetName());
                attributes(ntlm, challenge.target());
                version(ntlm, challenge.version());
                String host = challenge.target().dnsComputer().isEmpty() ? challenge.target().netBiosComputer() : challenge.target().dnsComputer();
                says.add("NTLM CHALLENGE from " + (host.isEmpty() ? challenge.targetName() : host) + domain(challenge.target())
                        + challenge.version().map(v -> ", Windows " + v.major() + "." + v.minor() + " build " + v.build()).orElse(""));
                long time = challenge.target().timeNanos();
                if (time != WindowsTime.UNKNOWN) {
                    clockSkewNanos = time - at.nanos();
                    says.add("its clock " + Instant.ofEpochSecond(Math.floorDiv(time, 1_000_000_000L)));
                }
            }
            case Ntlm.Authenticate authenticate -> {
                ntlm.put("message", "AUTHENTICATE");
                flags(ntlm, authenticate);
                put(ntlm, "domain", authenticate.domain());
                ntlm.put("user", authenticate.userName());
                put(ntlm, "workstation", authenticate.workstation());
                ntlm.put("response", authenticate.response().name());
                ntlm.put("sessionKey", authenticate.sessionKey());
                ntlm.put("mic", authenticate.mic());
                if (authenticate.response() == Ntlm.Response.NTLM_V2) {
                    attributes(ntlm, authenticate.client());
                    time(ntlm, "clientTime", authenticate.clientTimeNanos());
                }
                version(ntlm, authenticate.version());
                user = authenticate.domain().isEmpty() ? authenticate.userName() : authenticate.domain() + "\\" + authenticate.userName();
                says.add("NTLM AUTHENTICATE " + (authenticate.isAnonymous() ? "anonymous" : "as " + user)
                        + (authenticate.workstation().isEmpty() ? "" : " from " + authenticate.workstation()) + switch (authenticate.response()) {
                            case NONE -> ", no response";
                            case NTLM_V1, NTLM_V1_EXTENDED -> ", NTLMv1";
                            case NTLM_V2 -> ", NTLMv2";
                        });
            }
        }
    }

    private static void flags(Map<String, Object> ntlm, Ntlm message) {
        ntlm.put("flags", Hex.code32(message.flags()));
        ntlm.put("flagNames", message.flagNames());
    }

    private static String from(String domain, String workstation) {
        return workstation.isEmpty() ? "" : " from " + (domain.isEmpty() ? "" : domain + "\\") + workstation;
    }

    private static String domain(Ntlm.Attributes target) {
        String domain = target.dnsDomain().isEmpty() ? target.netBiosDomain() : target.dnsDomain();
        return domain.isEmpty() || domain.equalsIgnoreCase(target.netBiosComputer()) || domain.equalsIgnoreCase(target.dnsComputer())
                ? "" : " in " + domain;
    }

    private static void put(Map<String, Object> to, String name, String value) {
        if (!value.isEmpty()) {
            to.put(name, value);
        }
    }

    private static void time(Map<String, Object> to, String name, long nanos) {
        if (nanos != WindowsTime.UNKNOWN) {
            to.put(name, Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L)).toString());
        }
    }

    private static void version(Map<String, Object> to, java.util.Optional<Ntlm.Version> version) {
        version.ifPresent(v -> {
            to.put("version", v.major() + "." + v.minor() + " build " + v.build());
            to.put("versionMajor", v.major());
            to.put("versionMinor", v.minor());
            to.put("versionBuild", v.build());
            to.put("versionRevision", v.revision());
        });
    }

    private static void attributes(Map<String, Object> to, Ntlm.Attributes attributes) {
        put(to, "netBiosComputer", attributes.netBiosComputer());
        put(to, "netBiosDomain", attributes.netBiosDomain());
        put(to, "dnsComputer", attributes.dnsComputer());
        put(to, "dnsDomain", attributes.dnsDomain());
        put(to, "dnsTree", attributes.dnsTree());
        if (attributes.flags() != -1) {
            to.put("avFlags", Hex.code32(attributes.flags()));
        }
        time(to, "time", attributes.timeNanos());
        put(to, "spn", attributes.targetName());
        if (attributes.channelBindings() != Ntlm.ChannelBindings.ABSENT) {
            to.put("channelBindings", attributes.channelBindings().name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    private void kerberos(Kerberos message, Moment at, List<String> says, Map<String, Object> fields) {
        Map<String, Object> kerberos = new LinkedHashMap<>();
        fields.put("kerberos", kerberos);
        mechanism = Mechanism.KERBEROS;
        switch (message) {
            case Kerberos.ApRequest request -> {
                kerberos.put("message", "AP-REQ");
                kerberos.put("mutual", request.mutualRequired());
                kerberos.put("useSessionKey", request.useSessionKey());
                ticket(kerberos, request.ticket());
                kerberos.put("authenticatorType", Kerberos.ETYPES.of(request.authenticatorType()));
                says.add("Kerberos AP-REQ with a ticket for " + name(request.ticket()) + ", " + request.ticket().encryptionTypeName()
                        + (request.useSessionKey() ? ", user to user" : ""));
            }
            case Kerberos.ApReply reply -> {
                kerberos.put("message", "AP-REP");
                kerberos.put("encryptionType", Kerberos.ETYPES.of(reply.encryptionType()));
                says.add("Kerberos AP-REP");
            }
            case Kerberos.Error error -> {
                kerberosError = error.error().code();
                kerberos.put("message", "KRB-ERROR");
                kerberos.put("errorCode", error.error().code());
                kerberos.put("errorName", error.error().name());
                put(kerberos, "realm", error.realm());
                put(kerberos, "serverName", error.serverName());
                put(kerberos, "clientRealm", error.clientRealm());
                put(kerberos, "clientName", error.clientName());
                put(kerberos, "text", error.text());
                time(kerberos, "serverTime", error.serverTimeNanos());
                time(kerberos, "clientTime", error.clientTimeNanos());
                says.add("Kerberos error " + named(error.error()));
                if (error.serverTimeNanos() != WindowsTime.UNKNOWN) {
                    clockSkewNanos = error.serverTimeNanos() - at.nanos();
                    says.add("its clock " + Instant.ofEpochSecond(Math.floorDiv(error.serverTimeNanos(), 1_000_000_000L)));
                }
            }
            case Kerberos.TgtRequest request -> {
                kerberos.put("message", "TGT-REQ");
                put(kerberos, "serverName", request.serverName());
                put(kerberos, "realm", request.realm());
                says.add("Kerberos user to user: asks for the server's ticket" + (request.serverName().isEmpty() ? "" : ", " + request.serverName()));
            }
            case Kerberos.TgtReply reply -> {
                kerberos.put("message", "TGT-REP");
                ticket(kerberos, reply.ticket());
                says.add("Kerberos user to user: the server's ticket, " + name(reply.ticket()));
            }
            case Kerberos.KdcRequest _, Kerberos.KdcReply _, Kerberos.Other _ -> {
                kerberos.put("message", "other");
                says.add("another Kerberos message");
            }
        }
    }

    private static String name(Kerberos.Ticket ticket) {
        return ticket.serverName() + "@" + ticket.realm();
    }

    private static void ticket(Map<String, Object> to, Kerberos.Ticket ticket) {
        to.put("realm", ticket.realm());
        to.put("serverName", ticket.serverName());
        to.put("encryptionType", ticket.encryptionTypeName());
        if (ticket.keyVersion() >= 0) {
            to.put("keyVersion", ticket.keyVersion());
        }
    }

    void earlyAuthorization(EarlyUserAuthorization authorization, Moment at) {
        any = true;
        earlyAuthorization = authorization.result();
        story.reached(Step.EARLY_AUTHORIZATION, at);
        event(at, Side.SERVER, Phase.CREDSSP, Kind.CREDSSP, "Early User Authorization Result: " + authorization.name()
                + (authorization.isSuccess() ? "" : " (" + Hex.code(Integer.toUnsignedLong(authorization.result())) + ")"),
                "authorizationResult", Integer.toUnsignedLong(authorization.result()), "name", authorization.name());
    }

    // ---- RDSTLS and RDS-AAD ----

    void rdstls(Side side, RdstlsPdu pdu, Moment at) {
        any = true;
        mechanism = Mechanism.RDSTLS;
        switch (pdu) {
            case RdstlsPdu.Capabilities(_, var versions) -> {
                story.reached(Step.RDSTLS_CAPABILITIES, at);
                event(at, side, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS capabilities, versions " + Hex.code(versions), "supportedVersions", versions);
            }
            case RdstlsPdu.PasswordRequest(_, _, var name, var domain) -> {
                story.reached(Step.RDSTLS_REQUEST, at);
                event(at, side, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS request with the redirected password of " + (domain.isEmpty() ? "" : domain + "\\")
                        + name, "user", name, "domain", domain);
            }
            case RdstlsPdu.AutoReconnectRequest(_, var sessionId) -> {
                story.reached(Step.RDSTLS_REQUEST, at);
                event(at, side, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS request with an auto-reconnect cookie for session " + sessionId, "sessionId",
                        sessionId);
            }
            case RdstlsPdu.Response(_, var code) -> {
                story.reached(Step.RDSTLS_RESULT, at);
                result = code.code();
                answer = code.isSuccess() ? Answer.ACCEPTED : Answer.STATUS;
                event(at, side, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS result: " + named(code), "result", Hex.code32(code.code()), "name",
                        code.name());
            }
            case RdstlsPdu.Unknown(_, var type, var dataType, var length) -> {
                if (side == Side.CLIENT) {
                    story.reached(Step.RDSTLS_REQUEST, at);
                }
                event(at, side, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS message of type " + type + ", data " + dataType, "bytes", length);
            }
        }
    }

    void aad(Side side, AadPdu pdu, Moment at) {
        any = true;
        mechanism = Mechanism.AAD;
        switch (pdu) {
            case AadPdu.ServerNonce _ -> {
                story.reached(Step.AAD_NONCE, at);
                event(at, side, Phase.AAD, Kind.AAD, "Entra ID: server nonce");
            }
            case AadPdu.AuthenticationRequest(var length) -> {
                story.reached(Step.AAD_REQUEST, at);
                event(at, side, Phase.AAD, Kind.AAD, "Entra ID: authentication request", "assertionLength", length);
            }
            case AadPdu.AuthenticationResult(var code) -> {
                story.reached(Step.AAD_RESULT, at);
                result = code.code();
                answer = code.isSuccess() ? Answer.ACCEPTED : Answer.STATUS;
                event(at, side, Phase.AAD, Kind.AAD, "Entra ID: result " + named(code), "result", Hex.code32(code.code()), "name", code.name());
            }
            case AadPdu.Unknown(var length) -> event(at, side, Phase.AAD, Kind.AAD, "Entra ID: an unknown message", "bytes", length);
        }
    }

    /// `STATUS_LOGON_FAILURE (0xC000006D): user name or password is wrong`
    static String named(Code code) {
        String number = Hex.code32(code.code());
        return (code.isKnown() ? code.name() + " (" + number + ")" : number) + (code.meaning().isEmpty() ? "" : ": " + code.meaning());
    }

    private void event(Moment at, Side side, Phase phase, Kind kind, String says, Object... details) {
        story.event(at, side, kind, phase, says, details);
    }

    /// What sizes alone tell.
    static AuthenticationFacts unread(SizeReader sizes) {
        return new AuthenticationFacts(sizes.mechanism(), sizes.answer(), sizes.credSspVersions(), 0, -1, 0, false, -1,
                AuthenticationFacts.NO_SKEW, "");
    }

    /// What was read; what was not, from sizes.
    AuthenticationFacts facts(SizeReader sizes) {
        if (!any) {
            return unread(sizes);
        }
        int agreed = clientVersion < 0 ? serverVersion : serverVersion < 0 ? clientVersion : Math.min(clientVersion, serverVersion);
        return new AuthenticationFacts(mechanism == Mechanism.NONE ? sizes.mechanism() : mechanism,
                answer == Answer.NONE ? sizes.answer() : answer, agreed < 0 ? "" : Integer.toString(agreed), status, earlyAuthorization, result,
                true, kerberosError, clockSkewNanos, user);
    }
}

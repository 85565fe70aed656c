package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.COOKIE;
import static dev.rdptrace.bytes.Identity.DIGEST;
import static dev.rdptrace.bytes.Identity.EXCERPT;
import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.ID;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.bytes.Identity.TEXT;
import static dev.rdptrace.bytes.Identity.USER;
import static dev.rdptrace.bytes.Identity.WORD;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.TlsFacts.AlertSeen;
import dev.rdptrace.wire.aad.AadPdu;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.gateway.CleanPath;
import dev.rdptrace.wire.gateway.GatewayPacket;
import dev.rdptrace.wire.gateway.HttpHead;
import dev.rdptrace.wire.gcc.ClientData;
import dev.rdptrace.wire.gcc.ServerCertificate;
import dev.rdptrace.wire.gcc.ServerData;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.rdstls.RdstlsPdu;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.share.DataPdu;
import dev.rdptrace.wire.share.Redirection;
import dev.rdptrace.wire.share.SessionInfo;
import dev.rdptrace.wire.share.SharePdu;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// An event in words and in fields: here all sentences of the story are made, and nowhere else.
public final class EventText {
    private final String says;
    private final Object[] pairs;

    /// A value that is worked out when somebody wants to see it.
    private interface Later extends Supplier<Map<String, Object>> {}

    EventText(String says, Object... pairs) {
        this.says = says;
        this.pairs = pairs;
    }

    public static EventText of(Event event) {
        EventText telling = of(event, event.what());
        return new EventText(Printable.sentence(event.tunnelled() ? "in the tunnel: " + telling.says : telling.says), telling.pairs);
    }

    /// One line for people, safe to show.
    public static String says(Event event) {
        return Identity.shown(of(event).says);
    }

    /// Fields by name for the JSON report: strings, numbers, booleans, lists and maps of these, in order.
    public static Map<String, Object> details(Event event) {
        return of(event).details();
    }

    String says() {
        return says;
    }

    /// Who sent it, as [Event#from].
    static String from(String from) {
        return from.equals("client") || from.equals("server") ? from : HOST.of(from);
    }

    Map<String, Object> details() {
        Map<String, Object> details = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            Fields.put(details, (String) pairs[i], pairs[i + 1] instanceof Later later ? later.get() : pairs[i + 1]);
        }
        return details;
    }

    private static EventText of(Event event, Object what) {
        return switch (what) {
            case Happening happening -> of(event, happening);
            case ResetFacts reset -> new EventText("RST from the " + reset.from() + "'s address"
                    + (reset.header().text().isEmpty() ? "" : ", which says \"" + TEXT.of(reset.header().text()) + "\""), "hopLimit",
                    reset.header().hopLimit(), "window",
                    reset.header().window(), "identification", reset.header().identification());
            case IcmpFacts error -> new EventText("ICMP from " + HOST.of(error.sender()) + ": " + error.says(), "type", error.type(),
                    "code",
                    error.code(), "mtu", Fields.positive(error.mtu()), "quotedLength",
                    Fields.positive(error.quotedLength()));
            case FirstBytes first -> new EventText((event.phase() == Phase.TLS ? "the ClientHello is answered in the clear, with "
                    : "the " + from(event.from()) + "'s first bytes are ") + first.name() + ": " + EXCERPT.of(first.excerpt()), "protocol",
                    first.name(),
                    "excerpt", EXCERPT.of(first.excerpt()));
            case AlertSeen alert when alert.encrypted() -> new EventText("TLS alert (encrypted)");
            case AlertSeen(_, _, var level, var code, _) -> {
                Alert alert = new Alert(level, code);
                yield new EventText("TLS alert " + alert.name() + " (" + code + ")" + (alert.fatal() ? ", fatal" : ""), "level", level,
                        "code", code, "name", alert.name());
            }
            case CertificateFacts leaf -> new EventText("Certificate of " + NAME.of(leaf.holder())
                    + (leaf.selfSigned() ? ", self-signed" : ", issued by " + NAME.of(leaf.authority())) + ", " + leaf.key(),
                    "subject", NAME.of(leaf.subject()), "issuer", NAME.of(leaf.issuer()), "sha256", DIGEST.of(leaf.sha256()));
            case Preconnection pdu -> new EventText("preconnection PDU for " + pdu.target(), "preconnection", NAME.of(pdu.name()),
                    "sourceId",
                    pdu.id(), "version", pdu.version());
            case Tpdu tpdu -> of(tpdu);
            case DomainPdu pdu -> of(pdu);
            case SecurityPdu pdu -> of(pdu);
            case SharePdu pdu -> of(pdu);
            case Redirection to -> new EventText("Server Redirection" + (to.target().isEmpty() ? "" : " to " + HOST.of(to.target())),
                    "target",
                    HOST.of(to.target()), "redirection", to);
            case TsRequest request -> of(event, request);
            case EarlyUserAuthorization authorization -> new EventText("Early User Authorization Result: " + authorization.name()
                    + (authorization.isSuccess() ? "" : " (" + Hex.code(Integer.toUnsignedLong(authorization.result())) + ")"),
                    "authorizationResult", Integer.toUnsignedLong(authorization.result()), "name", authorization.name());
            case RdstlsPdu pdu -> of(pdu);
            case AadPdu pdu -> of(pdu);
            case HttpHead head -> GatewayText.of(head);
            case GatewayPacket packet -> GatewayText.of(event, packet);
            case CleanPath message -> GatewayText.of(message);
            default -> new EventText(what.toString());
        };
    }

    // ---- what is no message ----

    private static EventText of(Event event, Happening happening) {
        return switch (happening) {
            case Happening.Note note -> new EventText(note.says(), note.fields());
            case Happening.Syn(var repeats) -> new EventText((event.kind() == Event.Kind.TCP_SYN ? "SYN" : "SYN-ACK")
                    + (repeats == 0 ? "" : ", repeated (" + repeats + ")"), "repeats", repeats);
            case Happening.Unreadable unreadable -> new EventText(unreadable.says());
            case Happening.Sealed(var guess, var pdu) -> new EventText(guess, "bytes", pdu.length(), "security", pdu.header());
            case Happening.ProxyRequest(_, _, var says, var protocol, var target) ->
                    new EventText(says, "protocol", protocol, "target", HOST.of(target));
            case Happening.ProxyAnswer(var says, var status, var refused) ->
                    new EventText("the proxy answers " + says, "proxyStatus", status, "refused", refused, "answer", says);
            case Happening.Hello hello -> new EventText((hello.second() ? "second ClientHello, " : "ClientHello, ") + hello.version()
                    + " at best, " + hello.suites() + " cipher suites, " + hello.length() + " bytes"
                    + (hello.serverName().isEmpty() ? "" : ", for " + HOST.of(hello.serverName())),
                    "serverName", HOST.of(hello.serverName()), "ja3", hello.ja3(), "ja4", hello.ja4());
            case Happening.KeyExchange(var length) -> new EventText("ClientKeyExchange", "bytes", length);
            case Happening.Established(var resumed) -> new EventText("TLS established" + (resumed ? " (resumed session)" : ""), "resumed",
                    resumed);
            case Happening.Token(var says, var mechanism) -> new EventText(says, "mechanism", mechanism.title());
        };
    }

    // ---- X.224 ----

    private static EventText of(Tpdu tpdu) {
        return switch (tpdu) {
            case Tpdu.DisconnectRequest dr -> new EventText("X.224 Disconnect Request: " + dr.reasonName(), "reason", dr.reason());
            case Tpdu.ErrorTpdu er -> new EventText("X.224 Error: " + er.causeName(), "cause", er.cause());
            case Tpdu.Other other -> new EventText("X.224 TPDU " + Hex.code(other.code()));
            case Tpdu.ConnectionRequest cr -> new EventText("Connection Request asking for " + cr.requestedProtocols() + routing(cr),
                    "requested", cr.requestedProtocols().names(), "cookie", Identity.account(cr.cookieName()), "correlationId",
                    ID.of(cr.correlationId()),
                    "requestedProtocols", Hex.code(Integer.toUnsignedLong(cr.requestedProtocols().bits())), "negotiationFlags",
                    Hex.code(cr.negotiation().map(n -> n.flags().bits()).orElse(0)));
            case Tpdu.ConnectionConfirm cc -> switch (cc.reply()) {
                case Tpdu.NegotiationReply.Response(var flags, var selected) ->
                        new EventText("Connection Confirm, selects " + selected, "selectedProtocol",
                                Hex.code(Integer.toUnsignedLong(selected.bits())), "negotiationFlags", Hex.code(flags.bits()), "flagNames",
                                flags.names());
                case Tpdu.NegotiationReply.Failure(var code) -> new EventText("Connection Confirm, negotiation failure "
                        + (code.known() ? code.number() + " " : "") + code.name(), "failureCode", Integer.toUnsignedLong(code.code()),
                        "failureName", code.name());
                case Tpdu.NegotiationReply.None _ -> new EventText("Connection Confirm, without negotiation: Standard RDP Security");
                case Tpdu.NegotiationReply.Unknown(var type, _) -> new EventText("Connection Confirm, with an unknown structure of type "
                        + type);
            };
            case Tpdu.Data _ -> new EventText("X.224 data");
        };
    }

    private static String routing(Tpdu.ConnectionRequest cr) {
        return cr.routing().stream().map(line -> switch (line) {
            case Routing.UserCookie cookie -> ", user " + Identity.account(cookie.name());
            case Routing.AddressToken token -> ", routing token for " + HOST.of(token.address()) + ":" + token.port();
            case Routing.OpaqueToken _ -> ", routing token";
            case Routing.LoadBalanceInfo info -> ", " + COOKIE.of(info.text());
            case Routing.FreeText _ -> ", with other text";
        }).collect(Collectors.joining());
    }

    // ---- MCS and what it carries ----

    private static EventText of(DomainPdu pdu) {
        return switch (pdu) {
            case DomainPdu.ConnectInitial(_, _, _, _, _, _, var conference) -> {
                List<String> channels = conference.find(ClientData.Network.class).map(ClientData.Network::names).orElse(List.of()).stream()
                        .map(WORD::of).toList();
                yield new EventText("MCS Connect-Initial" + conference.find(ClientData.Core.class)
                        .map(core -> ", " + core.desktopWidth() + "x" + core.desktopHeight()).orElse("")
                        + (channels.isEmpty() ? "" : ", channels " + String.join(" ", channels)),
                        "channels", channels, "connectInitial", parameters(pdu), "clientData", blocks(conference.blocks()));
            }
            case DomainPdu.ConnectResponse(var result, _, _, var conference) -> {
                var security = conference.find(ServerData.Security.class);
                yield new EventText("MCS Connect-Response, " + result.name() + security.filter(ServerData.Security::encrypts)
                        .map(EventText::encryption).orElse(""),
                        "result", result.name(), "encryptionMethod", security.map(ServerData.Security::encryptionMethod).orElse(-1),
                        "encryptionLevel", security.map(ServerData.Security::encryptionLevel).orElse(-1), "connectResponse",
                        parameters(pdu), "serverData", blocks(conference.blocks()));
            }
            case DomainPdu.AttachUserRequest _ -> new EventText("MCS Erect Domain, Attach User");
            case DomainPdu.AttachUserConfirm(var result, _) -> new EventText("MCS Attach User Confirm, " + result.name(), "result",
                    result.name());
            case DomainPdu.ChannelJoinRequest(_, var channel) -> new EventText("MCS channel joins begin", "channel", channel);
            case DomainPdu.ChannelJoinConfirm(var result, _, var channel, _) ->
                    new EventText("MCS Channel Join refused for channel " + channel + ", " + result.name(), "channel", channel, "result",
                            result.name());
            case DomainPdu.DisconnectProviderUltimatum(var reason) ->
                    new EventText("MCS Disconnect Provider Ultimatum, " + reason.name(), "reason", reason.name());
            case DomainPdu.ErectDomainRequest _,DomainPdu.Other _,DomainPdu.SendDataRequest _,DomainPdu.SendDataIndication _ ->
                    new EventText("MCS");
        };
    }

    /// The domain parameters without the conference, which stands by itself.
    private static Later parameters(DomainPdu pdu) {
        return () -> {
            Map<String, Object> fields = Fields.of((Record) pdu);
            fields.remove("conference");
            return fields;
        };
    }

    /// Data blocks by their kind: `core`, `security`, `network`.
    private static Later blocks(List<?> blocks) {
        return () -> {
            Map<String, Object> fields = new LinkedHashMap<>();
            blocks.forEach(block -> fields.putIfAbsent(Fields.kind((Record) block), Fields.of((Record) block)));
            return fields;
        };
    }

    /// `, encryption 128BIT, level HIGH, certificate signed with the public key of the specification, RSA 512 bits`
    private static String encryption(ServerData.Security security) {
        return ", encryption " + security.encryptionMethodName() + ", level " + security.encryptionLevelName()
                + security.certificate().map(certificate -> switch (certificate) {
                    case ServerCertificate.Proprietary own -> ", proprietary certificate, RSA " + own.keyBits() + " bits"
                            + (own.signed() ? "" : ", not signed");
                    case ServerCertificate.X509Chain chain -> ", X.509 certificate"
                            + (chain.certificates().isEmpty() ? " chain without certificates"
                                    : x509(chain.certificates().getLast().toArray()));
                    case ServerCertificate.Unknown unknown -> ", certificate of version " + unknown.version();
                }).orElse(", without a certificate");
    }

    private static String x509(byte[] der) {
        return switch (CertificateFacts.of(der)) {
            case Decoded.Complete<CertificateFacts>(var facts, _) ->
                    " of " + NAME.of(facts.holder()) + ", " + facts.key();
            case Decoded.Partial<CertificateFacts> _,Decoded.Broken<CertificateFacts> _ -> " that cannot be read";
        };
    }

    private static EventText of(SecurityPdu pdu) {
        return switch (pdu) {
            case SecurityPdu.SecurityExchange(var header, var length) ->
                    new EventText("Security Exchange", "bytes", length, "security", header);
            case SecurityPdu.Info(var header, var info) -> new EventText("Client Info" + (info.userName().isEmpty() ? "" : ", user "
                    + user(info.domain(), info.userName())), "security", header, "clientInfo", info);
            case SecurityPdu.License(var header, var license) -> new EventText(says(license), "security", header, "license", (Later) () -> {
                Map<String, Object> fields = Fields.of((Record) license);
                fields.put("kind", Fields.kind((Record) license));
                fields.put("type", LicensePdu.type(license));
                return fields;
            });
            case SecurityPdu.AutoDetectRequest(var header, var request) ->
                    new EventText("network auto-detect: " + request.typeName(), "security", header, "autoDetect", request);
            case SecurityPdu.AutoDetectResponse(var header, var response) ->
                    new EventText("network auto-detect: " + response.typeName(), "security", header, "autoDetect", response);
            case SecurityPdu.InitiateMultitransportRequest request ->
                    new EventText("Initiate Multitransport Request, " + request.requestedProtocolName(), "multitransport", request);
            case SecurityPdu.InitiateMultitransportResponse response ->
                    new EventText("Initiate Multitransport Response, " + Hex.code32(response.hrResponse()), "multitransport", response);
            case SecurityPdu.Heartbeat heartbeat -> new EventText("heartbeat every " + heartbeat.period() + " s", "heartbeat", heartbeat);
            case SecurityPdu.StandardRedirection _,SecurityPdu.Encrypted _,SecurityPdu.Clear _ -> new EventText("security");
        };
    }

    private static String says(LicensePdu pdu) {
        return switch (pdu) {
            case LicensePdu.ErrorAlert alert -> alert.isValidClient() ? "licensing: client is valid"
                    : "licensing error " + alert.errorName() + ", " + alert.stateTransitionName();
            case LicensePdu.NewLicense _,LicensePdu.UpgradeLicense _ -> "licence issued";
            case LicensePdu.LicenseRequest _ -> "Server License Request";
            case LicensePdu.PlatformChallenge _ -> "Server Platform Challenge";
            case LicensePdu.LicenseInformation _ -> "Client License Information";
            case LicensePdu.NewLicenseRequest _ -> "Client New License Request";
            case LicensePdu.PlatformChallengeResponse _ -> "Client Platform Challenge Response";
            case LicensePdu.Unknown unknown -> "licensing PDU of type " + unknown.type();
        };
    }

    private static EventText of(SharePdu pdu) {
        return switch (pdu) {
            case SharePdu.DemandActive demand -> new EventText("Demand Active, " + demand.capabilities().size() + " capability sets",
                    "demandActive", capabilities(demand, demand.capabilities().size()));
            case SharePdu.ConfirmActive confirm -> new EventText("Confirm Active, " + confirm.capabilities().size() + " capability sets",
                    "confirmActive", capabilities(confirm, confirm.capabilities().size()));
            case SharePdu.DeactivateAll _ -> new EventText("Deactivate All");
            case SharePdu.Data data -> of(data);
            case SharePdu.Unknown unknown -> new EventText("share PDU of type " + unknown.type());
            case SharePdu.ServerRedirection _,SharePdu.Flow _ -> new EventText("share PDU");
        };
    }

    private static Later capabilities(Record pdu, int number) {
        return () -> {
            Map<String, Object> fields = Fields.of(pdu);
            fields.put("numberCapabilities", number);
            return fields;
        };
    }

    private static EventText of(SharePdu.Data data) {
        return switch (data.body()) {
            case DataPdu.Synchronize _ -> new EventText("Synchronize", "share", data);
            case DataPdu.Control control -> new EventText("Control, " + control.actionName(), "share", data);
            case DataPdu.FontList _ -> new EventText("Font List", "share", data);
            case DataPdu.FontMap _ -> new EventText("Font Map, session is up", "share", data);
            case DataPdu.PersistentKeyList _ -> new EventText("Persistent Key List", "share", data);
            case DataPdu.SetErrorInfo(var error) -> new EventText("Set Error Info " + error.name() + ": " + error.meaning(), "code",
                    Hex.code32(error.code()), "name", error.name(), "meaning", error.meaning(), "advice", error.advice(), "share", data);
            case DataPdu.Status(var status) -> new EventText("Status Info " + status.name(), "share", data);
            case DataPdu.AutoReconnectStatus _ -> new EventText("auto-reconnect failed");
            case DataPdu.SaveSession(var info) -> new EventText(info instanceof SessionInfo.Extended extended && extended.logonErrors()
                    ? "logon notice: " + extended.errorTypeName() + ", " + extended.errorDataName() : "Save Session Info: logged on",
                    "sessionInfo", info);
            case DataPdu.ShutdownRequest _ -> new EventText("Shutdown Request");
            case DataPdu.ShutdownDenied _ -> new EventText("Shutdown Request Denied");
            case DataPdu.Compressed _,DataPdu.Other _ -> new EventText("share data");
        };
    }

    // ---- authentication ----

    private static EventText of(Event event, TsRequest request) {
        TokenText telling = new TokenText();
        telling.field("version", request.version());
        request.negoTokens().forEach(token -> telling.token(token.token()));
        if (request.clientNonce()) {
            telling.field("clientNonce", true);
        }
        if (request.hasPubKeyAuth()) {
            telling.field("pubKeyAuthBytes", request.pubKeyAuthLength());
        }
        if (request.authInfo()) {
            telling.field("authInfo", true);
        }
        request.errorCode().ifPresent(telling::error);
        if (request.hasPubKeyAuth()) {
            telling.says(event.from().equals("client") ? "proof of the server's public key" : "public key confirmed: the server accepts");
        }
        if (request.authInfo()) {
            telling.says("delegated credentials");
        }
        return new EventText("CredSSP " + request.version() + ": " + (telling.says().isEmpty() ? "empty" : telling.says()), "credssp",
                telling.fields());
    }

    private static EventText of(RdstlsPdu pdu) {
        return switch (pdu) {
            case RdstlsPdu.Capabilities(_, var versions) ->
                    new EventText("RDSTLS capabilities, versions " + Hex.code(versions), "supportedVersions", versions);
            case RdstlsPdu.PasswordRequest(_, _, var name, var domain) ->
                    new EventText("RDSTLS request with the redirected password of " + user(domain, name), "user", USER.of(name), "domain",
                            NAME.of(domain));
            case RdstlsPdu.AutoReconnectRequest(_, var sessionId) ->
                    new EventText("RDSTLS request with an auto-reconnect cookie for session " + sessionId, "sessionId", sessionId);
            case RdstlsPdu.Response(_, var code) -> new EventText("RDSTLS result: " + named(code), "result", Hex.code32(code.code()),
                    "name", code.name());
            case RdstlsPdu.Unknown(_, var type, var dataType, var length) ->
                    new EventText("RDSTLS message of type " + type + ", data " + dataType, "bytes", length);
        };
    }

    private static EventText of(AadPdu pdu) {
        return switch (pdu) {
            case AadPdu.ServerNonce _ -> new EventText("Entra ID: server nonce");
            case AadPdu.AuthenticationRequest(var length) -> new EventText("Entra ID: authentication request", "assertionLength", length);
            case AadPdu.AuthenticationResult(var code) ->
                    new EventText("Entra ID: result " + named(code), "result", Hex.code32(code.code()), "name", code.name());
            case AadPdu.Unknown(var length) -> new EventText("Entra ID: an unknown message", "bytes", length);
        };
    }

    static String user(String domain, String name) {
        return domain.isEmpty() ? USER.of(name) : NAME.of(domain) + "\\" + USER.of(name);
    }

    /// `STATUS_LOGON_FAILURE (0xC000006D): user name or password is wrong`
    static String named(Code code) {
        String number = Hex.code32(code.code());
        return (code.isKnown() ? code.name() + " (" + number + ")" : number) + (code.meaning().isEmpty() ? "" : ": " + code.meaning());
    }
}

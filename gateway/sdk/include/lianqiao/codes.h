#pragma once

#include <string_view>

/// Every bounded code of the product, `stage.cause`, in one place. The same word is the log field,
/// the metric label, the field in API answers and the row of the operator's table. A test compares
/// this file with the table in deploy/README.md.
namespace lianqiao::codes {

// intake: what a caller did wrong, or what kept us from accepting.
inline constexpr std::string_view kMalformed = "intake.malformed";
inline constexpr std::string_view kUnauthenticated = "intake.unauthenticated";
inline constexpr std::string_view kClockSkew = "intake.clock_skew";
inline constexpr std::string_view kReplayedNonce = "intake.replayed_nonce";
inline constexpr std::string_view kForbidden = "intake.forbidden";
inline constexpr std::string_view kUnknownPeer = "intake.unknown_peer";
inline constexpr std::string_view kNotFound = "intake.not_found";
inline constexpr std::string_view kMethod = "intake.method_not_allowed";
inline constexpr std::string_view kTooLarge = "intake.too_large";
inline constexpr std::string_view kMediaType = "intake.media_type";
inline constexpr std::string_view kRateLimited = "intake.rate_limited";
inline constexpr std::string_view kOverloaded = "intake.overloaded";
inline constexpr std::string_view kExceptionsFull = "intake.exceptions_full";
inline constexpr std::string_view kQueueAway = "intake.queue_away";
inline constexpr std::string_view kTimeout = "intake.timeout";
inline constexpr std::string_view kInternal = "intake.internal";

// decode: bytes that are not what they claim to be.
inline constexpr std::string_view kBadJson = "decode.json";
inline constexpr std::string_view kBadXml = "decode.xml";
inline constexpr std::string_view kBadEncoding = "decode.encoding";
inline constexpr std::string_view kBadFile = "decode.file";
inline constexpr std::string_view kBadRow = "decode.row";
inline constexpr std::string_view kTooDeep = "decode.too_deep";
inline constexpr std::string_view kDecodeLimit = "decode.limit";
inline constexpr std::string_view kDecrypt = "decode.decrypt";

// normalize: the mapping could not make a record.
inline constexpr std::string_view kMissing = "normalize.missing";
inline constexpr std::string_view kBadTime = "normalize.bad_time";
inline constexpr std::string_view kBadNumber = "normalize.bad_number";
inline constexpr std::string_view kBadCoordinate = "normalize.bad_coordinate";
inline constexpr std::string_view kBadValue = "normalize.bad_value";
inline constexpr std::string_view kUnmappedCode = "normalize.unmapped_code";
inline constexpr std::string_view kNoMapping = "normalize.no_mapping";
inline constexpr std::string_view kUnknownReference = "normalize.unknown_reference";

// validate, deduplicate, route.
inline constexpr std::string_view kSchema = "validate.schema";
inline constexpr std::string_view kLifeCycle = "validate.life_cycle";
inline constexpr std::string_view kEarlyStep = "validate.early_step";
inline constexpr std::string_view kLateStep = "validate.late_step";
inline constexpr std::string_view kReferenceTaken = "validate.reference_taken";
inline constexpr std::string_view kUnknownKey = "validate.unknown_key";
inline constexpr std::string_view kConflict = "deduplicate.conflict";
inline constexpr std::string_view kNoRoute = "route.no_match";

// deliver: why a peer has not confirmed.
inline constexpr std::string_view kConnect = "deliver.connect";
inline constexpr std::string_view kTls = "deliver.tls";
inline constexpr std::string_view kDeliverTimeout = "deliver.timeout";
inline constexpr std::string_view kProtocol = "deliver.protocol";
inline constexpr std::string_view kPeerError = "deliver.peer_error";
inline constexpr std::string_view kThrottled = "deliver.throttled";
inline constexpr std::string_view kRejected = "deliver.rejected";
inline constexpr std::string_view kRefused = "deliver.refused";
inline constexpr std::string_view kTooOld = "deliver.too_old";
inline constexpr std::string_view kStrikes = "deliver.strikes";
inline constexpr std::string_view kCancelled = "deliver.cancelled";
inline constexpr std::string_view kResent = "deliver.resent";
inline constexpr std::string_view kReceiptTaken = "deliver.receipt_taken";

// resend: why what was delivered is not sent again.
inline constexpr std::string_view kResendUnknown = "resend.unknown";
inline constexpr std::string_view kResendErased = "resend.erased";
inline constexpr std::string_view kResendUnderWay = "resend.under_way";
inline constexpr std::string_view kResendBuried = "resend.buried";
inline constexpr std::string_view kResendAlready = "resend.already";

// plugin, queue, history.
inline constexpr std::string_view kPluginThrew = "plugin.threw";
inline constexpr std::string_view kPluginCrashed = "plugin.crashed";
inline constexpr std::string_view kPluginHung = "plugin.hung";
inline constexpr std::string_view kPluginLoad = "plugin.load";
inline constexpr std::string_view kPluginAbi = "plugin.abi";
inline constexpr std::string_view kQueueUnavailable = "queue.unavailable";
inline constexpr std::string_view kQueueFull = "queue.full";
inline constexpr std::string_view kQueueLoading = "queue.loading";
inline constexpr std::string_view kQueueMemory = "queue.memory";
inline constexpr std::string_view kQueueDisk = "queue.disk";
inline constexpr std::string_view kQueueReadOnly = "queue.read_only";
inline constexpr std::string_view kQueueRights = "queue.rights";
inline constexpr std::string_view kQueueReplicas = "queue.replicas";
inline constexpr std::string_view kQueueBusy = "queue.busy";
inline constexpr std::string_view kNodeTaken = "queue.node_taken";
inline constexpr std::string_view kQueueRefused = "queue.refused";
inline constexpr std::string_view kQueueUnsafe = "queue.unsafe";
inline constexpr std::string_view kHistoryUnavailable = "history.unavailable";
inline constexpr std::string_view kHistoryFull = "history.full";
inline constexpr std::string_view kHistoryDamaged = "history.damaged";

// reconcile: what another side's account of a day contradicts, or why there is none.
inline constexpr std::string_view kReconcileDuplicate = "reconcile.duplicate";
inline constexpr std::string_view kReconcileWrongDay = "reconcile.wrong_day";
inline constexpr std::string_view kReconcileCutShort = "reconcile.cut_short";
inline constexpr std::string_view kReconcileCount = "reconcile.count";
inline constexpr std::string_view kReconcileTooMany = "reconcile.too_many";
inline constexpr std::string_view kReconcileUnsupported = "reconcile.unsupported";
inline constexpr std::string_view kReconcileNotYet = "reconcile.not_yet";

inline constexpr std::string_view kConfig = "config.invalid";

}  // namespace lianqiao::codes

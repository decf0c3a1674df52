#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "lianqiao/counterpart.h"
#include "lianqiao/field_spec.h"
#include "lianqiao/roles.h"
#include "lianqiao/session.h"

namespace lianqiao {

enum class Stability : std::uint8_t { development, alpha, beta, stable };

/// Whom the adapter's input may come from.
enum class Posture : std::uint8_t {
  hardened,       ///< Fuzzed, bounded; may face an untrusted peer.
  trusted_peers,  ///< Needs a peer that means well.
  unknown,
};

/// What callers that an adapter proves by itself bear in a request's query. One who does not is
/// refused at the head, before the body is let in and without a call of the adapter.
struct CallerMarks {
  /// One of these parameters; empty: none is asked for.
  std::span<const std::string_view> signedBy = {};
  std::string_view time = {};  ///< This parameter, seconds since 1970; empty: none is asked for.
  std::string_view skew = {};  ///< The setting (a duration) that `time` is held to; 0: not checked.
  std::size_t mostBody = 0;    ///< No message of theirs is larger; 0: as large as the peer's limit.
};

/// All that the gateway knows of an adapter. Stands as a constant at the end of the adapter's
/// source. A factory that is null means: this adapter has no such role. Factories are called before
/// any other call, at most once per peer and role; they may not connect. What they throw refuses
/// the start.
struct Descriptor {
  std::string_view name;  ///< lower_snake; equal to the file name.
  std::string_view version;
  std::string_view summary;    ///< One sentence.
  std::string_view summaryZh;  ///< The same in Chinese.
  Stability stability = Stability::development;
  Posture posture = Posture::unknown;
  std::span<const FieldSpec> settings = {};
  /// The protocol proves its callers itself (WeChat, Digest): the gateway passes requests
  /// unauthenticated.
  bool authenticatesCallers = false;
  CallerMarks callerMarks = {};
  /// Its sink sends over its session: nothing is delivered where and while that is not open.
  bool deliversInSession = false;

  std::unique_ptr<Receiver> (*makeReceiver)(const Settings&, Host&) = nullptr;
  std::unique_ptr<Source> (*makeSource)(const Settings&, Host&) = nullptr;
  std::unique_ptr<Sink> (*makeSink)(const Settings&, Host&) = nullptr;
  /// An adapter has a source or a session, not both: each is the one way by which a peer is asked.
  std::unique_ptr<Session> (*makeSession)(const Settings&, Host&) = nullptr;
  /// Null is allowed as an answer: these settings name no way to ask.
  std::unique_ptr<Counterpart> (*makeCounterpart)(const Settings&, Host&) = nullptr;
  std::unique_ptr<MockPeer> (*makeMock)(const Settings&) = nullptr;
  /// Reads raw items out of a sample file, for `lianqiao map`: as a Source that ends (`more` false)
  /// with the file. Null: the file is taken as the standard form (JSON object, array, NDJSON).
  std::unique_ptr<Source> (*makeReader)(const Settings&, Host&,
                                        const std::filesystem::path& file) = nullptr;
};

}  // namespace lianqiao

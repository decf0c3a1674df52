#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lianqiao/host.h"

namespace lianqiao::record {

enum class Priority : std::uint8_t { normal, high };

/// When a thing happened, as exactly as its sender told it.
struct Happened {
  WallTime time{};
  std::chrono::milliseconds unit{1};  ///< Of the smallest part that was told: a day, a second, …
};

/// A record on its way: what the gateway itself must know of it, and the CloudEvent as stored.
/// Plain data.
struct Record {
  std::string id;        ///< Ours: time-sortable, 26 characters.
  std::string peer;      ///< It came from.
  std::string type;      ///< work_order, …
  std::string key;       ///< Orders records of one thing; the event's `subject`.
  std::string sourceId;  ///< The peer's id of the thing.
  /// The peer's own id of what the key stands for, where that is kept as a cross-reference.
  std::string reference;
  std::string revision;  ///< The peer's revision; empty = the content decides.
  Priority priority = Priority::normal;
  WallTime received{};
  std::string cause{};      ///< Id of the record that it was derived from; else empty.
  std::string fingerprint;  ///< Of record/fingerprint: same content, same text.
  /// By the rule of 0.1, where its ledger may still be known; else empty.
  std::string formerFingerprint;
  /// The member of data that keeps what is not mapped, then the paths in it that do not count for
  /// duplicates, with line feeds between; empty where nothing is kept.
  std::string rest;
  std::string event;                      ///< The CloudEvent, compact JSON.
  std::vector<std::string> destinations;  ///< Peers that must have it; filled by routing.
  /// The type of what its key names whose life it moves, its own or another; empty: none.
  std::string lifeOf{};
  std::string step{};  ///< With lifeOf: the step or, of its own type, the state, as it names it.
  std::optional<Happened> happened{};  ///< Of a step, and of a revision of what has a status.
  /// The mapping makes the whole key, so it may be another peer's: the queue knows whether `peer`
  /// may name it.
  bool namesKey = false;
  std::vector<std::string> keyHolders{};  ///< Of the destinations those that name keys in turn.
};

}  // namespace lianqiao::record

// Searching, month by month, the newest first.
#include <algorithm>
#include <set>

#include "history/block_codec.h"
#include "history/sought.h"
#include "history_postgres/postgres_store.h"
#include "history_postgres/record_rows.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using base::Lock;
using postgres::Column;
using postgres::Connection;
using postgres::Fault;
using postgres::uuidValue;
using postgres::valueOf;

namespace {

/// Rows whose contents are compared: so many at a time.
constexpr std::size_t kMostUnpacked = 64;
/// A term that stands in so many of the newest rows needs no index.
constexpr std::int64_t kNewest = 4000;
/// Where no index serves the server looks through so many rows at a time.
constexpr std::int64_t kWindow = 50'000;

}  // namespace

/// One call of find().
class PostgresStore::Search {
 public:
  Search(const PostgresStore& store, const Query& query, Keys& keys, Connection& connection)
      : store_(store), query_(query), keys_(keys), connection_(connection) {}

  Result<Page> run() {
    if (Result<void> read = prepare(); !read.ok()) return read.error();
    auto partitions = readPartitions(connection_);
    if (!partitions) return store_.refusal(connection_.failure());
    partitions_ = std::move(*partitions);
    if (query_.after.empty() && byOurId()) return std::move(page_);
    std::set<Month, std::greater<>> months;
    for (const auto& one : partitions_) months.insert(one.first.month);
    for (const Month& month : months) {
      if (leastIdAt(month.end()) <= from_ || leastIdAt(month.begin()) >= before_) continue;
      if (!oneMonth(month)) {
        // A search that the server has ended leaves the other months to be searched.
        if (connection_.failure().fault != Fault::busy)
          return store_.refusal(connection_.failure());
        page_.unread.push_back(month.name() + ": " + connection_.failure().why);
      }
      if (!page_.next.empty() || page_.hits.size() >= query_.limit) break;
      if (isLate() && month != *months.rbegin()) {
        page_.next = leastIdAt(month.begin()).text();
        break;
      }
    }
    return std::move(page_);
  }

 private:
  Result<void> prepare() {
    if (query_.from) from_ = leastIdAt(*query_.from);
    if (query_.to) before_ = leastIdAt(*query_.to);
    if (!query_.after.empty()) {
      const auto mark = PackedId::read(query_.after);
      if (!mark)
        return Error{codes::kMalformed, "The page's begin is none that a page before has named."};
      before_ = std::min(before_, *mark);
    }
    Result<Sought> sought = [&] {
      const Lock lock(keys_.terms);
      return readQuery(query_, store_.settings_, keys_.searching);
    }();
    if (!sought.ok()) return sought.error();
    sought_ = std::move(*sought);
    return {};
  }

  bool byOurId() {
    const auto id = PackedId::read(query_.word);
    if (!id) return false;
    parts_ = numbersOf(partitions_, std::set{Month::of(id->time())});
    const auto record = connection_.run(
        std::string("SELECT ") + kRecordColumns + " FROM record r WHERE r.part=ANY($1) AND r.id=$2",
        {parts_, uuidValue(id->bytes())});
    if (record && record->count() > 0) {
      std::vector<RecordRow> found{recordIn(keys_.unsealing, *record, 0)};
      if (!addDeliveries(connection_, keys_.unsealing, parts_, found)) return false;
      page_.hits.push_back({std::move(found[0].envelope), false, std::move(found[0].deliveries)});
      return true;
    }
    const auto exception = connection_.run(
        std::string("SELECT ") + kExceptionColumns + " FROM exception WHERE part=ANY($1) AND id=$2",
        {parts_, uuidValue(id->bytes())});
    if (exception && exception->count() > 0) addException(*exception, 0, page_.hits);
    return exception && exception->count() > 0;
  }

  void addException(const postgres::Rows& rows, int row, std::vector<Hit>& into) {
    ExceptionTrail read = exceptionIn(keys_.unsealing, rows, row);
    Hit& hit = into.emplace_back();
    hit.exception = true;
    hit.record.id = std::move(read.id);
    hit.record.peer = std::move(read.peer);
    hit.record.sourceId = std::move(read.sourceId);
    hit.record.accepted = read.at;
  }

  [[nodiscard]] bool isLate() const { return base::realNow() - begun_ > kMostTime; }

  /// False on failure.
  bool oneMonth(const Month& month) {
    parts_ = numbersOf(partitions_, std::set{month});
    std::vector<Hit> found;
    if (!addRecords(month, found) || !addExceptions(month, found)) return false;
    // What stands behind the begin of the next page comes with that.
    if (!page_.next.empty())
      std::erase_if(found, [&](const Hit& one) { return one.record.id < page_.next; });
    // Ids order by time as they are written.
    std::sort(found.begin(), found.end(),
              [](const Hit& a, const Hit& b) { return a.record.id > b.record.id; });
    for (Hit& hit : found) {
      if (page_.hits.size() == query_.limit) break;
      page_.hits.push_back(std::move(hit));
      if (page_.hits.size() == query_.limit) page_.next = page_.hits.back().record.id;
    }
    return true;
  }

  bool addRecords(const Month& month, std::vector<Hit>& into) {
    PackedId before = std::min(before_, leastIdAt(month.end()));
    const std::size_t wanted = query_.limit - page_.hits.size();
    const bool compares = sought_.id || !sought_.text.empty();
    const std::size_t most = compares ? std::min(wanted, kMostUnpacked) : wanted;
    while (into.size() < wanted) {
      auto looked = lookBefore(month, before, most);
      if (!looked) return false;
      std::vector<RecordRow>& rows = looked->rows;
      if (!addDeliveries(connection_, keys_.unsealing, parts_, rows) || !dropThoseWithout(rows))
        return false;
      for (RecordRow& row : rows)
        if (row.block >= 0 && into.size() < wanted)
          into.push_back({std::move(row.envelope), false, std::move(row.deliveries)});
      if (rows.size() < most && !looked->downTo) return true;
      before = rows.size() < most ? *looked->downTo : rows.back().id;
      if (!isLate() || into.size() >= wanted) continue;
      page_.next = before.text();
      return true;
    }
    return true;
  }

  struct Looked {
    std::vector<RecordRow> rows;     ///< Newest first.
    std::optional<PackedId> downTo;  ///< Older ones were not looked at; nothing where all were.
  };

  /// The newest of a month that the server finds, at most `most`.
  std::optional<Looked> lookBefore(const Month& month, const PackedId& before, std::size_t most) {
    const PackedId first = std::max(from_, leastIdAt(month.begin()));
    const bool mayBeCommon = !sought_.id && !sought_.terms.empty() && query_.number.empty();
    Looked looked;
    if (mayBeCommon) {
      auto rows = rowsOf(Way::newest, first, before, most);
      if (!rows) return std::nullopt;
      looked.rows = std::move(*rows);
      if (looked.rows.size() == most) return looked;
    }
    const bool indexed = sought_.id || !sought_.terms.empty() || isUnsettled();
    PackedId downTo = first;
    if (!indexed && !windowBefore(before, downTo)) return std::nullopt;
    auto rows = rowsOf(indexed ? Way::index : Way::ids, downTo, before, most);
    if (!rows) return std::nullopt;
    looked.rows = std::move(*rows);
    if (downTo != first) looked.downTo = downTo;
    return looked;
  }

  /// Moves `first` up to where a window begins, so that a search without hits ends in time.
  bool windowBefore(const PackedId& before, PackedId& first) {
    std::vector<postgres::Value> none{parts_};
    if (conditions(none).empty()) return true;
    const auto row = connection_.run(
        "SELECT id FROM record WHERE part=ANY($1) AND id>=$2 AND id<$3 ORDER BY id DESC LIMIT 1"
        " OFFSET " +
            std::to_string(kWindow),
        {parts_, uuidValue(first.bytes()), uuidValue(before.bytes())});
    if (row && row->count() > 0) first = PackedId::ofBytes(row->bytes(0, 0)).value_or(first);
    return row.has_value();
  }

  /// How the server goes: through the newest rows, by an index of what is sought, by the ids.
  enum class Way : std::uint8_t { newest, index, ids };

  std::optional<std::vector<RecordRow>> rowsOf(Way way, const PackedId& first,
                                               const PackedId& before, std::size_t most) {
    std::vector<postgres::Value> values{parts_, uuidValue(first.bytes()),
                                        uuidValue(before.bytes())};
    const std::string within = "r.part=ANY($1) AND r.id>=$2 AND r.id<$3";
    const std::string holds = conditions(values);
    std::string sql = std::string("SELECT ") + kRecordColumns + " FROM ";
    switch (way) {
      case Way::newest:
        sql += "(SELECT * FROM record r WHERE " + within + " ORDER BY r.id DESC LIMIT " +
               std::to_string(kNewest) + ") r WHERE true" + holds;
        break;
      case Way::index:
        // The fence of OFFSET keeps the server from going through the ids backwards, which it takes
        // for cheaper where it believes a term to be common.
        sql += "(SELECT * FROM record r WHERE " + within + holds + " OFFSET 0) r";
        break;
      case Way::ids:
        sql += "record r WHERE " + within + holds;
    }
    const auto rows =
        connection_.run(sql + " ORDER BY r.id DESC LIMIT " + std::to_string(most), values);
    if (!rows) return std::nullopt;
    std::vector<RecordRow> read;
    for (int row = 0; row < rows->count(); ++row)
      read.push_back(recordIn(keys_.unsealing, *rows, row));
    return read;
  }

  [[nodiscard]] bool isUnsettled() const {
    return query_.state && *query_.state != DeliveryState::delivered &&
           *query_.state != DeliveryState::owed;
  }

  /// What the server can judge; adds what it needs to `values`.
  std::string conditions(std::vector<postgres::Value>& values) const {
    const auto add = [&](postgres::Value value) {
      values.push_back(std::move(value));
      return "$" + std::to_string(values.size());
    };
    std::string sql;
    if (!sought_.terms.empty())
      sql += " AND r.terms @> " + add(valueOf(termsText(sought_.terms))) + "::bigint[]";
    if (sought_.id) {
      const std::string term = add(valueOf(static_cast<std::int64_t>(*sought_.id)));
      sql +=
          " AND (r.terms @> ARRAY[" + term +
          "] OR r.id=ANY(ARRAY(SELECT d.record FROM delivery d WHERE d.part=ANY($1) AND d.term=" +
          term + ")))";
    }
    if (!query_.type.empty()) sql += " AND r.type=" + add(valueOf(query_.type));
    if (!query_.region.empty()) {
      const std::string region = add(valueOf(query_.region));
      sql += " AND (r.grid=" + region + " OR starts_with(r.division, " + region + "))";
    }
    const std::string peer = query_.peer.empty() ? "" : add(valueOf(query_.peer));
    if (sought_.dayFrom) {
      sql +=
          " AND EXISTS(SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id AND d.peer=" +
          peer + " AND d.state=2 AND d.at>=" + std::to_string(*sought_.dayFrom) + " AND d.at<" +
          std::to_string(*sought_.dayFrom + kDayMillis) + ")";
    }
    if (query_.state) {
      sql += stateCondition(peer);
    } else if (!peer.empty()) {
      sql += " AND (r.peer=" + peer + " OR " + peer +
             "=ANY(r.destinations) OR (r.destinations='{}'"
             " AND EXISTS(SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id"
             " AND d.peer=" +
             peer + ")))";
    }
    return sql;
  }

  /// A state is that of the delivery to the peer, or of any where the record came from it.
  [[nodiscard]] std::string stateCondition(const std::string& peer) const {
    const std::string state = std::to_string(static_cast<int>(*query_.state));
    const auto ofPeer = [&](const char* column) {
      return peer.empty() ? std::string()
                          : " AND (r.peer=" + peer + " OR " + column + "=" + peer + ")";
    };
    const std::string tried =
        " AND (EXISTS(SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id AND d.state=" +
        state + ofPeer("d.peer") + ")";
    // The state stands in the text: only so does the server see that its index serves.
    if (isUnsettled())
      return " AND r.id IN (SELECT d.record FROM delivery d WHERE d.part=ANY($1) AND d.state=" +
             state + " AND d.state<>2)" + (peer.empty() ? "" : tried + ")");
    if (*query_.state == DeliveryState::delivered) return tried + ")";
    // What is owed and has not been tried stands in no row of a delivery.
    return tried +
           " OR EXISTS(SELECT FROM unnest(r.destinations) t(peer) WHERE NOT EXISTS("
           "SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id AND d.peer=t.peer)" +
           ofPeer("t.peer") + "))";
  }

  using RowsOfBlocks = std::map<std::pair<std::int64_t, std::int64_t>, std::vector<RecordRow*>>;

  [[nodiscard]] bool isCalledSo(const RecordRow& row) const {
    return query_.word.empty() || isCalled(query_.word, row.envelope, row.deliveries);
  }

  /// Ids are compared, for two may have one term, and texts with the contents. Marks those that do
  /// not hold by their block: -1.
  bool dropThoseWithout(std::vector<RecordRow>& rows) {
    RowsOfBlocks undecided;
    for (RecordRow& row : rows) {
      if (sought_.text.empty() && isCalledSo(row)) continue;
      if (row.envelope.gone) {
        row.block = -1;
      } else {
        undecided[{row.part, row.block}].push_back(&row);
      }
    }
    return undecided.empty() || dropByContents(undecided);
  }

  bool dropByContents(const RowsOfBlocks& undecided) {
    Column numbers(Column::Kind::number);
    for (const auto& [block, rows] : undecided) numbers.add(block.second);
    const auto read = connection_.run(
        "SELECT part, number, bytes FROM block WHERE part=ANY($1) AND number=ANY($2)",
        {parts_, numbers.value()});
    if (!read) return false;
    std::set<const RecordRow*> hold;
    for (int at = 0; at < read->count(); ++at) {
      const auto in = undecided.find({read->integer(at, 0), read->integer(at, 1)});
      if (in == undecided.end()) continue;
      const auto contents = unpackBlock(read->bytes(at, 2));
      for (const RecordRow* row : in->second) {
        const auto place = static_cast<std::size_t>(row->place);
        if (contents && place < contents->size() && holds(*row, (*contents)[place].event))
          hold.insert(row);
      }
    }
    for (const auto& [block, rows] : undecided)
      for (RecordRow* row : rows)
        if (!hold.contains(row)) row->block = -1;
    return true;
  }

  [[nodiscard]] bool holds(const RecordRow& row, std::string_view event) const {
    return sought_.text.standsIn(event) && (isCalledSo(row) || idStandsIn(event, query_.word));
  }

  /// Only by ids and numbers of persons: nothing else is read out of what could not be read.
  bool addExceptions(const Month& month, std::vector<Hit>& into) {
    const bool byNumber = !query_.number.empty();
    if ((!sought_.id && !byNumber) || !query_.region.empty() || !sought_.text.empty() ||
        !query_.type.empty() || query_.state || sought_.day)
      return true;
    const auto rows = connection_.run(
        std::string("SELECT ") + kExceptionColumns +
            " FROM exception WHERE part=ANY($1) AND id>=$2 AND id<$3" +
            (sought_.id ? " AND term=$4" : " AND $4::bigint=0") +
            (byNumber ? " AND numbers @> $5::bigint[]" : " AND $5::bigint[]='{}'") +
            " ORDER BY id DESC LIMIT " + std::to_string(query_.limit),
        {parts_, uuidValue(std::max(from_, leastIdAt(month.begin())).bytes()),
         uuidValue(std::min(before_, leastIdAt(month.end())).bytes()),
         valueOf(static_cast<std::int64_t>(sought_.id.value_or(0))),
         valueOf(termsText(byNumber ? sought_.terms : std::vector<std::uint64_t>()))});
    if (!rows) return false;
    for (int row = 0; row < rows->count(); ++row) {
      addException(*rows, row, into);
      const Envelope& read = into.back().record;
      if ((sought_.id && read.sourceId != query_.word) ||
          (!query_.peer.empty() && read.peer != query_.peer))
        into.pop_back();
    }
    return true;
  }

  const PostgresStore& store_;
  const Query& query_;
  Keys& keys_;
  Connection& connection_;
  const std::chrono::steady_clock::time_point begun_ = base::realNow();
  PackedId from_;
  PackedId before_{~std::uint64_t{0}, ~std::uint64_t{0}};
  Sought sought_;
  Partitions partitions_;
  postgres::Value parts_;  ///< Of the month at hand.
  Page page_;
};

Result<Page> PostgresStore::find(const Query& query) {
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  return Search(*this, query, **entered, **connection).run();
}

}  // namespace lianqiao::history

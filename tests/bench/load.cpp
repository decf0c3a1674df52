// Sends numbered work orders over keep-alive connections, each waiting for its answer before the
// next, and prints one line of JSON: what came back, how fast, when.
//   load PORT PATH BODY_FILE RECORDS CONNECTIONS RECORDS_PER_REQUEST FIRST_NUMBER [HEADER...]
// BODY_FILE holds one record with fourteen at signs where its number goes.
#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <vector>

#include "socket.h"

namespace {

constexpr std::string_view kPlace = "@@@@@@@@@@@@@@";

struct Plan {
  std::uint16_t port = 0;
  std::string head;    ///< Request line and fields, without Content-Length.
  std::string record;  ///< With kPlace where the number goes.
  std::size_t place = 0;
  std::uint64_t next = 0;
  std::uint64_t end = 0;
  std::uint64_t perRequest = 1;
};

struct Connection {
  int fd = -1;
  std::string in;
  std::string out;
  std::size_t written = 0;
  std::int64_t sent = 0;
};

struct Totals {
  std::vector<double> latencies;  ///< ms
  std::uint64_t records = 0;
  std::uint64_t refused = 0;
  std::string firstRefusal;
};

void appendRecord(const Plan& plan, std::uint64_t number, std::string& to) {
  const std::size_t start = to.size();
  to += plan.record;
  char digits[32];
  std::snprintf(digits, sizeof digits, "%014llu", static_cast<unsigned long long>(number));
  to.replace(start + plan.place, kPlace.size(), digits, kPlace.size());
}

void write(Connection& connection) {
  while (connection.written < connection.out.size()) {
    const ssize_t n = ::send(connection.fd, connection.out.data() + connection.written,
                             connection.out.size() - connection.written, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) bench::die("send");
    connection.written += static_cast<std::size_t>(n);
  }
}

/// false when nothing is left to send.
bool sendNext(Plan& plan, Connection& connection) {
  if (plan.next == plan.end) return false;
  const std::uint64_t count = std::min(plan.perRequest, plan.end - plan.next);
  std::string body;
  body.reserve((plan.record.size() + 1) * count);
  for (std::uint64_t i = 0; i < count; ++i) {
    appendRecord(plan, plan.next++, body);
    if (plan.perRequest > 1) body += '\n';
  }
  connection.out = plan.head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  connection.written = 0;
  connection.sent = bench::nanoseconds();
  write(connection);
  return true;
}

/// true once the answer is whole; it is counted then.
bool readAnswer(Connection& connection, std::uint64_t perRequest, Totals& totals) {
  char buffer[65536];
  while (true) {
    const ssize_t n = ::recv(connection.fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EAGAIN) break;
    if (n == 0) errno = ECONNRESET;
    if (n <= 0) bench::die("The server closed a connection");
    connection.in.append(buffer, static_cast<std::size_t>(n));
    if (static_cast<std::size_t>(n) < sizeof buffer) break;
  }
  const bench::Message answer = bench::readMessage(connection.in);
  if (answer.whole == 0) return false;
  totals.latencies.push_back(static_cast<double>(bench::nanoseconds() - connection.sent) / 1e6);
  if (answer.head.substr(9, 1) == "2") {
    totals.records += perRequest;
  } else {
    if (totals.refused++ == 0) totals.firstRefusal = answer.head.substr(9, 3);
  }
  connection.in.erase(0, answer.whole);
  return true;
}

Totals run(Plan plan, std::size_t connections) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> all(connections);
  std::size_t open = 0;
  Totals totals;
  totals.latencies.reserve((plan.end - plan.next) / plan.perRequest + 1);
  const sockaddr_in address = bench::loopback(plan.port);
  for (Connection& connection : all) {
    connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      bench::die("connect");
    bench::sendAtOnce(connection.fd);
    ::fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &connection;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.fd, &event);
  }
  for (Connection& connection : all) open += static_cast<std::size_t>(sendNext(plan, connection));
  std::vector<epoll_event> events(connections);
  while (open > 0) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 60'000);
    if (ready == 0) errno = ETIMEDOUT;
    if (ready <= 0) bench::die("No answer came");
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      write(connection);
      if ((events[static_cast<std::size_t>(i)].events & EPOLLIN) == 0) continue;
      if (readAnswer(connection, plan.perRequest, totals) && !sendNext(plan, connection)) --open;
    }
  }
  for (const Connection& connection : all) ::close(connection.fd);
  ::close(poll);
  return totals;
}

double percentile(const std::vector<double>& sorted, double share) {
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::min(sorted.size(), std::max<std::size_t>(at, 1)) - 1];
}

}  // namespace

int main(int count, char** words) {
  if (count < 8) {
    std::fprintf(stderr,
                 "usage: load PORT PATH BODY_FILE RECORDS CONNECTIONS RECORDS_PER_REQUEST "
                 "FIRST_NUMBER [HEADER...]\n");
    return 2;
  }
  Plan plan;
  plan.port = static_cast<std::uint16_t>(std::strtoul(words[1], nullptr, 10));
  std::ifstream file(words[3]);
  plan.record.assign(std::istreambuf_iterator<char>(file), {});
  plan.place = plan.record.find(kPlace);
  if (plan.place == std::string::npos) {
    std::fprintf(stderr, "%s holds no %s for the number.\n", words[3], kPlace.data());
    return 2;
  }
  plan.next = std::strtoull(words[7], nullptr, 10);
  plan.end = plan.next + std::strtoull(words[4], nullptr, 10);
  plan.perRequest = std::max(1ULL, std::strtoull(words[6], nullptr, 10));
  plan.head = std::string("POST ") + words[2] + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: " +
              (plan.perRequest > 1 ? "application/x-ndjson" : "application/json") + "\r\n";
  for (int i = 8; i < count; ++i) plan.head += std::string(words[i]) + "\r\n";
  const std::int64_t start = bench::nanoseconds();
  Totals totals = run(std::move(plan), std::strtoull(words[5], nullptr, 10));
  const std::int64_t end = bench::nanoseconds();
  std::sort(totals.latencies.begin(), totals.latencies.end());
  std::printf(
      R"({"records":%llu,"requests":%zu,"refused":%llu,"refusal":"%s","start":%lld,"end":%lld,"p50":%.3f,"p99":%.3f,"max":%.3f})"
      "\n",
      static_cast<unsigned long long>(totals.records), totals.latencies.size(),
      static_cast<unsigned long long>(totals.refused), totals.firstRefusal.c_str(),
      static_cast<long long>(start), static_cast<long long>(end), percentile(totals.latencies, 0.5),
      percentile(totals.latencies, 0.99), totals.latencies.back());
}

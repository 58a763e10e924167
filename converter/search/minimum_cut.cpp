// Shortest augmenting paths (J. Edmonds, R. M. Karp, 1972): the graphs have some hundred edges.
#include "search/minimum_cut.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <queue>

namespace tinamix::search {

namespace {

class FlowNetwork {
  public:
    explicit FlowNetwork(size_t nodes) : edges_of_(nodes) {}

    void connect(size_t from, size_t to, double forward, double backward) {
        edges_of_[from].push_back(edges_.size());
        edges_.push_back({to, forward});
        edges_of_[to].push_back(edges_.size());
        edges_.push_back({from, backward});
        largest_ = std::max({largest_, forward, backward});
    }

    /// Pushes as much as fits; returns which nodes the source still reaches.
    std::vector<bool> saturate(size_t source, size_t sink) {
        for (;;) {
            const std::vector<size_t> way = shortest_ways(source);
            if (way[sink] == kNone) {
                std::vector<bool> reached;
                for (size_t node = 0; node < way.size(); ++node)
                    reached.push_back(node == source || way[node] != kNone);
                return reached;
            }
            double room = std::numeric_limits<double>::infinity();
            for (size_t node = sink; node != source; node = edges_[way[node] ^ 1U].to) {
                room = std::min(room, edges_[way[node]].capacity);
            }
            for (size_t node = sink; node != source; node = edges_[way[node] ^ 1U].to) {
                edges_[way[node]].capacity -= room;
                edges_[way[node] ^ 1U].capacity += room;
            }
        }
    }

  private:
    static constexpr size_t kNone = SIZE_MAX;
    /// Capacities below this part of the largest are rounding errors.
    static constexpr double kNegligible = 1e-12;

    struct Edge {
        size_t to;
        double capacity;
    };

    /// Per node: the edge by which it is reached.
    std::vector<size_t> shortest_ways(size_t source) const {
        std::vector<size_t> way(edges_of_.size(), kNone);
        std::queue<size_t> next;
        next.push(source);
        while (!next.empty()) {
            const size_t node = next.front();
            next.pop();
            for (const size_t edge : edges_of_[node]) {
                const size_t to = edges_[edge].to;
                if (to == source || way[to] != kNone || edges_[edge].capacity <= kNegligible * largest_) continue;
                way[to] = edge;
                next.push(to);
            }
        }
        return way;
    }

    std::vector<std::vector<size_t>> edges_of_;
    std::vector<Edge> edges_;  ///< edge i and i ^ 1 run against each other
    double largest_ = 0;
};

}  // namespace

std::vector<bool> best_labels(const std::vector<double>& first, const std::vector<double>& second,
                              const std::vector<Pairing>& pairings) {
    // A gain for both is half a gain for each and half a cost of disagreeing.
    std::vector<double> advantage(first.size());
    for (size_t i = 0; i < first.size(); ++i) advantage[i] = first[i] - second[i];
    const size_t source = first.size(), sink = source + 1;
    FlowNetwork network(sink + 1);
    for (const Pairing& pairing : pairings) {
        advantage[pairing.a] += pairing.gain / 2;
        advantage[pairing.b] += pairing.gain / 2;
        network.connect(pairing.a, pairing.b, pairing.gain / 2, pairing.gain / 2);
    }
    for (size_t i = 0; i < advantage.size(); ++i) {
        network.connect(source, i, std::max(advantage[i], 0.0), 0);
        network.connect(i, sink, std::max(-advantage[i], 0.0), 0);
    }
    std::vector<bool> labels = network.saturate(source, sink);
    labels.resize(first.size());
    return labels;
}

}  // namespace tinamix::search

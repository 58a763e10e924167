// LSTM, GRU and RNN against their formulas, written out for one sequence at a time in double.
#include <gtest/gtest.h>

#include <cmath>

#include "diagnostics/error.h"
#include "float_op_runner.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;
using Vector = std::vector<double>;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Values between -0.9 and 0.9 without a pattern.
Floats scattered(int64_t count, int seed) {
    Floats values;
    for (int64_t i = 0; i < count; ++i) {
        values.push_back(static_cast<float>(std::sin(static_cast<double>(i) * 12.9898 + seed * 78.233) * 0.9));
    }
    return values;
}

struct Sizes {
    int64_t directions, steps, batch, inputs, hidden;
};

/// Parameters of a node, and one direction of them by gate.
struct Parameters {
    Sizes size;
    int64_t gates;
    Floats x, w, r, b, h, c;

    Parameters(Sizes the_size, int64_t the_gates) : size(the_size), gates(the_gates) {
        const int64_t rows = gates * size.hidden;
        x = scattered(size.steps * size.batch * size.inputs, 1);
        w = scattered(size.directions * rows * size.inputs, 2);
        r = scattered(size.directions * rows * size.hidden, 3);
        b = scattered(size.directions * 2 * rows, 4);
        h = scattered(size.directions * size.batch * size.hidden, 5);
        c = scattered(size.directions * size.batch * size.hidden, 6);
    }
    double input_sum(int64_t d, int64_t gate, int64_t j, int64_t t, int64_t n) const {
        const int64_t rows = gates * size.hidden, row = gate * size.hidden + j;
        double sum = b[static_cast<size_t>(d * 2 * rows + row)];
        for (int64_t i = 0; i < size.inputs; ++i) {
            sum += static_cast<double>(w[static_cast<size_t>((d * rows + row) * size.inputs + i)]) *
                   x[static_cast<size_t>((t * size.batch + n) * size.inputs + i)];
        }
        return sum;
    }
    double recurrent_sum(int64_t d, int64_t gate, int64_t j, const Vector& state) const {
        const int64_t rows = gates * size.hidden, row = gate * size.hidden + j;
        double sum = b[static_cast<size_t>(d * 2 * rows + rows + row)];
        for (int64_t i = 0; i < size.hidden; ++i) {
            sum += static_cast<double>(r[static_cast<size_t>((d * rows + row) * size.hidden + i)]) *
                   state[static_cast<size_t>(i)];
        }
        return sum;
    }
    Vector state(const Floats& from, int64_t d, int64_t n) const {
        const auto begin = from.begin() + (d * size.batch + n) * size.hidden;
        return {begin, begin + size.hidden};
    }
    OpRunner runner(const std::string& op, const std::string& direction) const {
        const int64_t rows = gates * size.hidden;
        OpRunner run(op, 14);
        run.floats({size.steps, size.batch, size.inputs}, x)
            .floats({size.directions, rows, size.inputs}, w)
            .floats({size.directions, rows, size.hidden}, r)
            .floats({size.directions, 2 * rows}, b)
            .attribute("hidden_size", size.hidden)
            .attribute("direction", direction);
        return run;
    }
};

void expect_near(const ir::Tensor& tensor, int64_t at, double expected, const char* what) {
    EXPECT_NEAR(tensor.data<float>()[at], expected, 1e-5) << what << " at " << at;
}

/// `step(d, t, n, h, c)` computes one step; the sequences of direction 1 run backwards.
template <typename Step>
void expect_sequences(const Parameters& p, const std::vector<ir::Tensor>& results, const std::vector<int64_t>& lengths,
                      const Step& step) {
    const Sizes& size = p.size;
    for (int64_t d = 0; d < size.directions; ++d) {
        for (int64_t n = 0; n < size.batch; ++n) {
            Vector h = p.state(p.h, d, n), c = p.state(p.c, d, n);
            const int64_t length = lengths[static_cast<size_t>(n)];
            for (int64_t i = 0; i < length; ++i) {
                const int64_t t = d == 1 ? length - 1 - i : i;
                step(d, t, n, h, c);
                for (int64_t j = 0; j < size.hidden; ++j) {
                    expect_near(results[0], ((t * size.directions + d) * size.batch + n) * size.hidden + j,
                                h[static_cast<size_t>(j)], "Y");
                }
            }
            for (int64_t j = 0; j < size.hidden; ++j) {
                const int64_t at = (d * size.batch + n) * size.hidden + j;
                expect_near(results[1], at, h[static_cast<size_t>(j)], "Y_h");
                if (results.size() > 2) {
                    expect_near(results[2], at, c[static_cast<size_t>(j)], "Y_c");
                }
            }
            for (int64_t t = length; t < size.steps; ++t) {
                expect_near(results[0], ((t * size.directions + d) * size.batch + n) * size.hidden, 0, "padding of Y");
            }
        }
    }
}

TEST(FloatRecurrent, LstmFollowsItsFormulaInBothDirections) {
    const Parameters p({2, 4, 2, 3, 5}, 4);
    OpRunner run = p.runner("LSTM", "bidirectional");
    run.input(ir::Tensor::from<int32_t>({2}, {4, 3})).floats({2, 2, 5}, p.h).floats({2, 2, 5}, p.c).outputs(3);
    expect_sequences(p, run.run_all(), {4, 3}, [&](int64_t d, int64_t t, int64_t n, Vector& h, Vector& c) {
        const Vector old = h;
        for (int64_t j = 0; j < 5; ++j) {
            const auto sum = [&](int64_t gate) {
                return p.input_sum(d, gate, j, t, n) + p.recurrent_sum(d, gate, j, old);
            };
            const auto at = static_cast<size_t>(j);
            c[at] = sigmoid(sum(2)) * c[at] + sigmoid(sum(0)) * std::tanh(sum(3));
            h[at] = sigmoid(sum(1)) * std::tanh(c[at]);
        }
    });
}

void expect_gru(bool reset_after) {
    const Parameters p({2, 3, 2, 4, 3}, 3);
    OpRunner run = p.runner("GRU", "bidirectional");
    run.attribute("linear_before_reset", int64_t{reset_after}).absent().floats({2, 2, 3}, p.h).outputs(2);
    expect_sequences(p, run.run_all(), {3, 3}, [&](int64_t d, int64_t t, int64_t n, Vector& h, Vector&) {
        const Vector old = h;
        Vector reset, scaled;
        for (int64_t j = 0; j < 3; ++j) {
            reset.push_back(sigmoid(p.input_sum(d, 1, j, t, n) + p.recurrent_sum(d, 1, j, old)));
            scaled.push_back(reset.back() * old[static_cast<size_t>(j)]);
        }
        for (int64_t j = 0; j < 3; ++j) {
            const auto at = static_cast<size_t>(j);
            const double update = sigmoid(p.input_sum(d, 0, j, t, n) + p.recurrent_sum(d, 0, j, old));
            const double recurrent =
                reset_after ? reset[at] * p.recurrent_sum(d, 2, j, old) : p.recurrent_sum(d, 2, j, scaled);
            h[at] = (1 - update) * std::tanh(p.input_sum(d, 2, j, t, n) + recurrent) + update * old[at];
        }
    });
}

TEST(FloatRecurrent, GruScalesTheStateByItsResetGate) { expect_gru(false); }

TEST(FloatRecurrent, GruWithLinearBeforeResetScalesTheProduct) { expect_gru(true); }

TEST(FloatRecurrent, RnnUsesTheNamedFunction) {
    const Parameters p({1, 3, 2, 4, 3}, 1);
    OpRunner run = p.runner("RNN", "forward");
    run.attribute("activations", std::vector<std::string>{"Affine"})
        .attribute("activation_alpha", Floats{0.5F})
        .attribute("activation_beta", Floats{0.25F})
        .absent()
        .floats({1, 2, 3}, p.h)
        .outputs(2);
    expect_sequences(p, run.run_all(), {3, 3}, [&](int64_t d, int64_t t, int64_t n, Vector& h, Vector&) {
        const Vector old = h;
        for (int64_t j = 0; j < 3; ++j) {
            h[static_cast<size_t>(j)] = 0.5 * (p.input_sum(d, 0, j, t, n) + p.recurrent_sum(d, 0, j, old)) + 0.25;
        }
    });
}

TEST(FloatRecurrent, LayoutOneOnlyMovesTheBatchToTheFront) {
    const Parameters p({1, 3, 1, 2, 2}, 4);
    const std::vector<ir::Tensor> time_first = p.runner("LSTM", "reverse").outputs(3).run_all();
    OpRunner run("LSTM", 14);
    const std::vector<ir::Tensor> batch_first = run.floats({1, 3, 2}, p.x)
                                                    .floats({1, 8, 2}, p.w)
                                                    .floats({1, 8, 2}, p.r)
                                                    .floats({1, 16}, p.b)
                                                    .attribute("hidden_size", int64_t{2})
                                                    .attribute("direction", std::string("reverse"))
                                                    .attribute("layout", int64_t{1})
                                                    .outputs(3)
                                                    .run_all();
    EXPECT_EQ(batch_first[0].shape(), (ir::Shape{1, 3, 1, 2}));
    EXPECT_EQ(batch_first[0].to_floats(), time_first[0].to_floats());
    EXPECT_EQ(batch_first[2].to_floats(), time_first[2].to_floats());
}

TEST(FloatRecurrent, WhatCannotRunIsNamed) {
    const Parameters p({1, 1, 1, 2, 2}, 4);
    try {
        p.runner("LSTM", "forward").attribute("activations", std::vector<std::string>{"Sigmoid", "Tan", "Tanh"}).run();
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("there is no activation `Tan` (did you mean `Tanh`"),
                  std::string::npos)
            << error.what();
    }
    EXPECT_THROW(p.runner("LSTM", "sideways").run(), Error);
}

}  // namespace
}  // namespace tinamix

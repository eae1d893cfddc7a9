package teos.tower.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Outputs that several penalties of a bundle spend, as numbers that the bundle gives to them, in
 * ascending order. Two penalties with a number in common are alternatives.
 */
public final class SharedOutputs {

  /** No output: the penalty has no alternative. */
  public static final SharedOutputs NONE = new SharedOutputs(new int[0]);

  private final int[] numbers;

  private SharedOutputs(int[] numbers) {
    this.numbers = numbers;
  }

  /** Returns the outputs with these numbers, which are not negative. */
  public static SharedOutputs of(int... numbers) {
    return numbers.length == 0
        ? NONE
        : new SharedOutputs(IntStream.of(numbers).distinct().sorted().toArray());
  }

  /** Returns the numbers in ascending order. */
  public IntStream numbers() {
    return IntStream.of(numbers);
  }

  public boolean isEmpty() {
    return numbers.length == 0;
  }

  /** Returns whether any output is in both. */
  public boolean intersects(SharedOutputs other) {
    int i = 0;
    int j = 0;
    while (i < numbers.length && j < other.numbers.length) {
      int order = Integer.compare(numbers[i], other.numbers[j]);
      if (order == 0) {
        return true;
      }
      if (order < 0) {
        i++;
      } else {
        j++;
      }
    }
    return false;
  }

  /** Returns the stored form: each number as 4 bytes, big-endian. */
  byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * numbers.length);
    IntStream.of(numbers).forEach(buffer::putInt);
    return buffer.array();
  }

  /** Returns the outputs with the stored form {@code bytes}. */
  static SharedOutputs ofBytes(byte[] bytes) {
    int[] numbers = new int[bytes.length / Integer.BYTES];
    ByteBuffer.wrap(bytes).asIntBuffer().get(numbers);
    return numbers.length == 0 ? NONE : new SharedOutputs(numbers);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SharedOutputs shared && Arrays.equals(numbers, shared.numbers);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(numbers);
  }

  @Override
  public String toString() {
    return Arrays.toString(numbers);
  }
}

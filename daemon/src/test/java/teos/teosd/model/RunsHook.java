package teos.teosd.model;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Has the system property {@code teos.model.runs} say how many runs there are, and {@code
 * teos.model.seed} with which seed, where they are given.
 */
final class RunsHook implements AroundPropertyHook {

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    Integer runs = Integer.getInteger("teos.model.runs");
    if (runs != null) {
      context.attributes().setTries(runs);
    }
    String seed = System.getProperty("teos.model.seed");
    if (seed != null) {
      context.attributes().setSeed(seed);
    }
    return property.execute();
  }
}

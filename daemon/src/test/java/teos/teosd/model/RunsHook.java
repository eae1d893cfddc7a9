package teos.teosd.model;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Takes the number of runs from the system property {@code teos.model.runs} and the seed from
 * {@code teos.model.seed}, if they are set.
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

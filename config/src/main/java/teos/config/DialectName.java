package teos.config;

/** The dialect in which the tower answers those of whom it does not know which they speak. */
public enum DialectName {
  /** python-teos. */
  V1,
  /** rust-teos. */
  V2
}
